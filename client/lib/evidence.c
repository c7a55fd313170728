#include "client/lib/evidence.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base64.h"
#include "common/buf.h"
#include "common/date.h"
#include "common/file.h"
#include "common/hash.h"

#define TRIES 100 /* folders of one second */
#define README_MAX 4096
#define TIME_LEN 32

static const char readme[] =
	"服务器的总账证明不成立，本目录保存当时的证据。\n"
	"\n"
	"时间（UTC）：%s\n"
	"服务器：%s\n"
	"情况：%s\n"
	"\n"
	"kept.checkpoint   本机此前核验并保存的总账签名状态\n"
	"shown.checkpoint  服务器此次出示的总账签名状态\n"
	"proof             服务器为两者之间的关系出示的证明\n"
	"entry             服务器出示的条目（条目头原始字节）\n"
	"（没有的文件表示服务器没有出示。）\n"
	"\n"
	"总账只能增加，不能改短、不能改写。若两份签名状态都由总账密钥签署而又互相矛盾，\n"
	"即证明总账曾被改写、截短，或总部给不同的人看了不同的总账。\n"
	"请不要删除本目录；请停止办理业务，当面或用电话告知安全管理员和审计员，不要用这台服务器\n"
	"传递消息。任何人都可用公开工具（C2SP tlog-checkpoint）核验这些文件，也可执行：\n"
	"    dossier ledger verify kept.checkpoint shown.checkpoint --key 总账公钥\n"
	"\n"
	"----\n"
	"\n"
	"What a server said of its ledger does not hold; this folder keeps the evidence.\n"
	"\n"
	"Time (UTC): %s\n"
	"Server: %s\n"
	"What is wrong: %s\n"
	"\n"
	"kept.checkpoint   the signed head of the ledger that this machine had verified before\n"
	"shown.checkpoint  the head that the server showed now\n"
	"proof             what the server gave to lead from one to the other\n"
	"entry             the entry that the server showed (bytes of its header)\n"
	"(A file that is missing was not shown.)\n"
	"\n"
	"A ledger only grows. Two heads that the ledger's key has signed and that contradict each\n"
	"other prove that the ledger was rewritten or cut, or that head office shows different\n"
	"people different ledgers.\n"
	"Do not remove this folder. Stop working and tell the security officer and the auditor, "
	"in\n"
	"person or by phone, not through this server. Anybody can check these files with public\n"
	"tools (C2SP tlog-checkpoint), or with:\n"
	"    dossier ledger verify kept.checkpoint shown.checkpoint --key VKEY\n";

static enum status put(const struct path *folder, const char *name, const void *bytes, size_t len)
{
	struct path path;
	enum status status;

	if (len == 0)
		return STATUS_OK;
	if (len > EVIDENCE_FILE_MAX)
		len = EVIDENCE_FILE_MAX;
	status = path_join(&path, folder->text, name);
	return status == STATUS_OK ? file_put(path.text, bytes, len) : status;
}

static enum status put_proof(const struct path *folder, const struct evidence *evidence)
{
	const ProtobufCBinaryData *hashes = &evidence->hashes;
	char line[BASE64_LEN(HASH_LEN) + 2];
	struct buf text = BUF_EMPTY;
	enum status status = STATUS_OK;
	int len = snprintf(line, sizeof(line), "old %" PRIu64 "\n", evidence->old_size);

	if (hashes->len == 0 || len < 0)
		return STATUS_OK;
	status = buf_append(&text, line, (size_t)len);
	for (size_t at = 0;
	     status == STATUS_OK && at + HASH_LEN <= hashes->len && text.len < EVIDENCE_FILE_MAX;
	     at += HASH_LEN) {
		base64_encode(hashes->data + at, HASH_LEN, line);
		line[BASE64_LEN(HASH_LEN)] = '\n';
		status = buf_append(&text, line, BASE64_LEN(HASH_LEN) + 1);
	}
	if (status == STATUS_OK)
		status = put(folder, "proof", buf_head(&text), text.len);
	buf_release(&text);
	return status;
}

static enum status put_readme(const struct path *folder, const struct evidence *evidence,
			      const char *time)
{
	char text[README_MAX];
	int len = snprintf(text, sizeof(text), readme, time, evidence->server, evidence->what, time,
			   evidence->server, evidence->what);

	if (len < 0 || (size_t)len >= sizeof(text))
		return STATUS_LIMIT;
	return put(folder, "README.txt", text, (size_t)len);
}

/* Whether there are as many as may be. */
static enum status check_room(const char *above)
{
	DIR *names = opendir(above);
	struct dirent *name;
	size_t count = 0;

	if (names == NULL)
		return STATUS_STORAGE;
	while ((name = readdir(names)) != NULL)
		count += name->d_name[0] != '.';
	closedir(names);
	return count < EVIDENCE_MAX ? STATUS_OK : STATUS_LIMIT;
}

/* A new folder named after the time; several of one second are numbered. */
static enum status make_folder(const char *state, const char *time, struct path *folder)
{
	struct path above;
	char name[TIME_LEN + 8];
	enum status status = path_join(&above, state, EVIDENCE_FOLDER);

	if (status == STATUS_OK)
		status = directory_make(above.text);
	if (status == STATUS_OK || status == STATUS_CONFLICT)
		status = check_room(above.text);
	if (status != STATUS_OK)
		return status;
	for (int i = 0; i < TRIES; i++) {
		if (i == 0)
			snprintf(name, sizeof(name), "%s", time);
		else
			snprintf(name, sizeof(name), "%s-%d", time, i);
		status = path_join(folder, above.text, name);
		if (status == STATUS_OK)
			status = directory_make(folder->text);
		if (status != STATUS_CONFLICT)
			return status;
	}
	return STATUS_LIMIT;
}

enum status evidence_save(const struct evidence *evidence, const char *state, struct path *folder)
{
	char time[TIME_LEN];
	time_t now = (time_t)(clock_now() / 1000000);
	struct tm utc;
	enum status status;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(time, sizeof(time), "%Y-%m-%dT%H-%M-%SZ", &utc) == 0)
		return STATUS_LIMIT;
	status = make_folder(state, time, folder);
	if (status == STATUS_OK)
		status = put(folder, "kept.checkpoint", evidence->kept.data, evidence->kept.len);
	if (status == STATUS_OK)
		status = put(folder, "shown.checkpoint", evidence->shown.data, evidence->shown.len);
	if (status == STATUS_OK)
		status = put_proof(folder, evidence);
	if (status == STATUS_OK)
		status = put(folder, "entry", evidence->entry.data, evidence->entry.len);
	return status == STATUS_OK ? put_readme(folder, evidence, time) : status;
}
