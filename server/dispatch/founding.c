#include "server/dispatch/founding.h"

#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "common/hash.h"
#include "common/message.h"
#include "common/path.h"
#include "common/rpc.h"
#include "proto/request.pb-c.h"
#include "proto/wire.pb-c.h"
#include "server/dispatch/recover.h"
#include "server/dispatch/signing.h"

static enum status make_directories(const char *data, const struct founding *founding)
{
	struct path ledger;
	struct path snapshots;
	struct path signer;
	struct path state;
	enum status status = path_join(&ledger, data, "ledger");
	if (status == STATUS_OK)
		status = path_join(&snapshots, data, "snapshots");
	if (status == STATUS_OK)
		status = path_join(&state, data, "state");
	if (status == STATUS_OK)
		status = path_join(&signer, data, SIGNING_DIRECTORY);
	if (status == STATUS_OK)
		status = directory_make(ledger.text);
	if (status == STATUS_OK)
		status = directory_make(snapshots.text);
	if (status == STATUS_OK)
		status = ledger_create(ledger.text, founding->origin, founding->segment_size);
	if (status == STATUS_OK)
		status = store_create(state.text);
	if (status == STATUS_OK)
		status = signer_create(signer.text);
	return status;
}

/* Says which text of the founding was refused. */
static void explain(const struct act *act, char why[static ENGINE_WHY_LEN])
{
	Pb__Refusal *refusal = pb__refusal__unpack(NULL, act->answer.len, buf_head(&act->answer));
	snprintf(why, ENGINE_WHY_LEN, "%s: %s %s", status_text(act->status),
		 refusal == NULL ? "" : refusal->reason, refusal == NULL ? "" : refusal->field);
	pb__refusal__free_unpacked(refusal, NULL);
}

static enum status run_genesis(struct engine *engine, const struct founding *founding,
			       char why[static ENGINE_WHY_LEN])
{
	Pb__GenesisRequest request = PB__GENESIS_REQUEST__INIT;
	request.origin = founding->origin;
	request.office_code = founding->office_code;
	request.office_name = founding->office_name;
	request.login = founding->login;
	request.name = founding->name;
	struct buf packed = BUF_EMPTY;
	enum status status = message_pack(&request.base, &packed);
	if (status == STATUS_OK) {
		struct act act = {
			.rpc = RPC_genesis,
			.request = buf_head(&packed),
			.request_len = packed.len,
		};
		random_bytes(act.key, sizeof(act.key));
		engine_run(engine, (struct act *[]){&act}, 1);
		status = act.status;
		if (status != STATUS_OK)
			explain(&act, why);
		buf_release(&act.answer);
	}
	buf_release(&packed);
	return status;
}

enum status founding_run(const char *data, const struct founding *founding, struct config *config,
			 char why[static ENGINE_WHY_LEN])
{
	struct engine *engine = NULL;
	enum status status = make_directories(data, founding);
	if (status != STATUS_OK) {
		snprintf(why, ENGINE_WHY_LEN, "%s cannot be written: %s", data,
			 status_text(status));
		return status;
	}
	status = engine_open_new(&engine, data, config, founding->origin, why);
	if (status != STATUS_OK)
		return status;
	status = run_genesis(engine, founding, why);
	engine_close(engine);
	return status == STATUS_OK ? directory_sync(data) : status;
}
