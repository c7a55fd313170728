#include "server/net/outbox.h"

void outbox_release(struct outbox *outbox)
{
	buf_release(&outbox->buf);
}

enum status outbox_write(struct outbox *outbox, struct tls *tls, uint64_t now)
{
	enum tls_result result = TLS_DONE;
	size_t sent;

	while (outbox->buf.len > 0 && result == TLS_DONE) {
		result = tls_write(tls, buf_head(&outbox->buf), outbox->buf.len, &sent);
		if (result == TLS_DONE) {
			buf_consume(&outbox->buf, sent);
			outbox->stalled = 0;
		}
	}
	outbox->full = result == TLS_WANT_WRITE;
	if (outbox->buf.len == 0)
		buf_release(&outbox->buf);
	else if (outbox->stalled == 0)
		outbox->stalled = now;
	return result == TLS_FAILED || result == TLS_CLOSED ? STATUS_TLS : STATUS_OK;
}

static enum status outbox_make_room(struct outbox *outbox, struct tls *tls, uint64_t now,
				    size_t len)
{
	enum status status = STATUS_OK;

	if (outbox->buf.len + len <= OUTBOX_MAX)
		return STATUS_OK;
	if (!outbox->full)
		status = outbox_write(outbox, tls, now);
	if (status != STATUS_OK)
		return status;
	return outbox->buf.len == 0 || outbox->buf.len + len <= OUTBOX_MAX ? STATUS_OK
									   : STATUS_LIMIT;
}

static void outbox_judge(struct outbox *outbox)
{
	if (outbox->buf.len >= OUTBOX_LOW)
		outbox->above = true;
	if (outbox->buf.len > OUTBOX_PAUSE)
		outbox->paused = true;
}

enum status outbox_add(struct outbox *outbox, struct tls *tls, uint64_t now, const void *bytes,
		       size_t len)
{
	enum status status = outbox_make_room(outbox, tls, now, len);

	if (status == STATUS_OK)
		status = buf_append(&outbox->buf, bytes, len);
	outbox_judge(outbox);
	return status;
}

enum status outbox_take(struct outbox *outbox, struct tls *tls, uint64_t now, struct buf *buf)
{
	enum status status;

	if (buf->len == 0)
		return STATUS_OK;
	if (outbox->buf.len > 0) {
		status = outbox_add(outbox, tls, now, buf_head(buf), buf->len);
		buf_release(buf);
		return status;
	}
	buf_release(&outbox->buf);
	outbox->buf = *buf;
	*buf = BUF_EMPTY;
	outbox_judge(outbox);
	return STATUS_OK;
}

bool outbox_drained(struct outbox *outbox)
{
	if (!outbox->above || outbox->buf.len >= OUTBOX_LOW)
		return false;
	outbox->above = false;
	outbox->paused = false;
	return true;
}
