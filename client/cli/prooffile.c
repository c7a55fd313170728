#include "client/cli/prooffile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/lang.h"
#include "common/file.h"
#include "common/tlogproof.h"

enum status prooffile_format(const Pb__Proof *proof, const ProtobufCBinaryData *entry,
			     struct buf *text)
{
	struct tlogproof made = {
		.extra = entry == NULL ? NULL : entry->data,
		.extra_len = entry == NULL ? 0 : entry->len,
		.index = proof->index,
		.checkpoint = (const char *)proof->checkpoint.data,
		.checkpoint_len = proof->checkpoint.len,
	};

	made.proof.count = proof->hashes.len / HASH_LEN;
	if (proof->hashes.len % HASH_LEN != 0 || made.proof.count > MERKLE_PROOF_MAX)
		return STATUS_INVALID;
	if (made.proof.count > 0)
		memcpy(made.proof.hashes, proof->hashes.data, proof->hashes.len);
	return tlogproof_format(&made, text);
}

enum status prooffile_write(struct cli *cli, const char *path, const struct buf *text)
{
	int fd;
	enum status status = file_open(path, O_WRONLY | O_CREAT | O_EXCL, &fd);

	if (status != STATUS_OK)
		return cli_complain(cli, STATUS_SYSTEM, _("%s cannot be written: %s"), path,
				    strerror(errno));
	status = file_write_at(fd, buf_head(text), text->len, 0);
	if (close(fd) != 0 && status == STATUS_OK)
		status = STATUS_STORAGE;
	return status == STATUS_OK ? status
				   : cli_complain(cli, STATUS_SYSTEM, _("%s cannot be written: %s"),
						  path, strerror(errno));
}
