#include "client/cli/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/cli/cli.h"
#include "client/cli/field.h"
#include "client/cli/lang.h"
#include "client/cli/prompt.h"
#include "client/cli/proof.h"
#include "client/lib/renewal.h"
#include "common/certificate.h"
#include "common/date.h"
#include "common/file.h"

#define CLIENT_NAME "dossier/" DOSSIER_VERSION

static struct client_options options_of(const struct cli *cli)
{
	const struct profile *profile = &cli->profile;

	return (struct client_options){
		.host = profile->settings[SETTING_address].text,
		.port = profile->port,
		.certificate = profile->certificate.text,
		.key = profile->key.text,
		.passphrase = cli->passphrase[0] == '\0' ? NULL : cli->passphrase,
		.ca = profile->ca.text,
		.name = CLIENT_NAME,
		.timeout_ms = profile->timeout_ms,
	};
}

/* ---- when there is no way ---- */

/* Whether the certificate in use is over; *date is the day, of the business calendar. */
static bool has_ended(const struct profile *profile, int32_t *date)
{
	struct certificate_life life;
	uint8_t *pem = NULL;
	size_t len = 0;
	bool ended;

	if (file_get(profile->certificate.text, CERTIFICATE_FILE_MAX, &pem, &len) != STATUS_OK)
		return false;
	ended = certificate_life(pem, len, &life) == STATUS_OK && life.ends <= time(NULL);
	free(pem);
	if (ended)
		*date = date_of_time(life.ends * 1000000, FIELD_ZONE_MINUTES);
	return ended;
}

static void advise_new_code(struct cli *cli)
{
	fprintf(cli->err,
		_("Ask the security officer for a new code, move %s away, then: dossier enroll\n"),
		cli->profile.directory.text);
}

static enum status no_profile(struct cli *cli, enum status status)
{
	cli_complain(cli, status, "%s", cli->profile.why);
	fprintf(cli->err,
		_("Are you new here? Ask the security officer for a code, then: dossier enroll. A "
		  "profile elsewhere than in %s is named by --profile\n"),
		cli->profile.directory.text);
	return status;
}

static enum status no_way(struct cli *cli, enum status status, const char *why)
{
	const struct reason *inactive = reason_find(reason_name(REASON_account_inactive));
	const struct profile *profile = &cli->profile;
	char text[DATE_TEXT_LEN];
	int32_t date;

	if ((status == STATUS_TLS || status == STATUS_IDENTITY) && has_ended(profile, &date)) {
		date_format(date, text);
		cli_complain(cli, STATUS_IDENTITY, _("your certificate ended on %s"), text);
		advise_new_code(cli);
		return STATUS_IDENTITY;
	}
	/* The certificate is good: no new one would help. */
	if (status == STATUS_IDENTITY && strcmp(why, inactive->text) == 0)
		return cli_turned_away(cli, inactive);
	if (status == STATUS_PROOF)
		return proof_refuse_version(cli, why);
	cli_complain(cli, status, _("%s, port %u: %s (%s)"),
		     profile->settings[SETTING_address].text, (unsigned)profile->port,
		     _(status_text(status)), _(why));
	if (status == STATUS_UNREACHABLE)
		fputs(_("Is dossierd running there? Settings: dossier config show\n"), cli->err);
	else if (status == STATUS_IDENTITY)
		advise_new_code(cli);
	return status;
}

/* ---- the way ---- */

/* Without a sentence in why it has been said. */
static enum status attempt(struct cli *cli, char *why)
{
	const char *passphrase;
	struct client_options options;
	enum status status;

	if (profile_key_is_locked(&cli->profile)) {
		status = prompt_passphrase(cli, false, &passphrase);
		if (status != STATUS_OK)
			return status;
	}
	options = options_of(cli);
	status = proof_prepare(cli, &options);
	if (status != STATUS_OK)
		return status;
	status = client_connect(&cli->client, &options, why);
	if (status != STATUS_OK && why[0] == '\0')
		snprintf(why, CLIENT_WHY_LEN, "%s", status_text(status));
	return status;
}

/* A renewed pair that is not welcomed gives way to the one before. */
static bool may_retry(struct cli *cli, enum status status)
{
	if (!cli->profile.renewed || (status != STATUS_TLS && status != STATUS_IDENTITY))
		return false;
	if (!renewal_discard(&cli->profile))
		return false;
	cli->loaded = false;
	return cli_load(cli) == STATUS_OK;
}

/* The pair that is in use stays in use until the end of the run; the next one takes the new. */
static void see_to_certificate(struct cli *cli)
{
	struct client_options options = options_of(cli);
	char why[CLIENT_WHY_LEN] = "";
	enum status status;

	if (cli->profile.renewed)
		status = renewal_settle(&cli->profile);
	else if (renewal_is_due(&cli->profile, time(NULL)))
		status = renewal_run(&cli->profile, &options, why);
	else
		return;
	if (status != STATUS_OK)
		cli_complain(cli, status, _("your certificate could not be renewed: %s (%s)"),
			     _(status_text(status)), _(lang_text(why)));
}

enum status connect_open(struct cli *cli)
{
	char why[CLIENT_WHY_LEN] = "";
	enum status status = profile_check(&cli->profile);

	if (status != STATUS_OK)
		return no_profile(cli, status);
	status = attempt(cli, why);
	if (status != STATUS_OK && may_retry(cli, status))
		status = attempt(cli, why);
	if (status != STATUS_OK)
		return why[0] == '\0' ? status : no_way(cli, status, why);
	status = proof_check(cli);
	if (status != STATUS_OK) {
		cli_disconnect(cli);
		return status;
	}
	see_to_certificate(cli);
	return STATUS_OK;
}
