/* Policies from anywhere do no harm, and none lets a note pass that nobody signed. */
#include <stdlib.h>
#include <string.h>

#include "common/policy.h"

#define NOTE "log\n2\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— log AAAAAAA=\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct policy *policy;
	struct policy_verdict verdict;
	size_t line;

	if (policy_parse(&policy, (const char *)data, len, &line) != STATUS_OK)
		return 0;
	if (line != 0 || policy_judge(policy, NOTE, strlen(NOTE), &verdict) != STATUS_PROOF ||
	    verdict.log != NULL || verdict.witness_count > 0)
		abort();
	policy_free(policy);
	return 0;
}
