/* The groups of commands, one file each in this folder. */
#ifndef CLIENT_CMD_GROUP_H
#define CLIENT_CMD_GROUP_H

#include "client/cli/option.h"

/* Commands of each file; the last has words NULL. */
extern const struct command loan_commands[];
extern const struct command item_commands[];
extern const struct command customer_commands[];
extern const struct command ask_commands[];
extern const struct command approval_commands[];
extern const struct command delegation_commands[];
extern const struct command secrecy_commands[];
extern const struct command erase_commands[];
extern const struct command confidential_commands[];
extern const struct command grant_commands[];
extern const struct command papers_commands[];
extern const struct command views_commands[];
extern const struct command log_commands[];
extern const struct command ledger_export_commands[];
extern const struct command office_commands[];
extern const struct command department_commands[];
extern const struct command principal_commands[];
extern const struct command account_commands[];
extern const struct command role_commands[];
extern const struct command enroll_commands[];
extern const struct command session_commands[];
extern const struct command import_commands[];
extern const struct command export_commands[];
extern const struct command batch_commands[];
extern const struct command receipt_commands[];
extern const struct command receipt_verify_commands[];
extern const struct command ledger_commands[];
extern const struct command ledger_verify_commands[];
extern const struct command rekey_commands[];
extern const struct command receipt_anchor_commands[];
extern const struct command witness_commands[];
extern const struct command witness_list_commands[];
extern const struct command config_commands[];
extern const struct command help_commands[];

/* All of them in the order of help; the last has commands NULL. Static storage. */
const struct command_group *group_all(void);

/* Columns that more than one file shows. */
extern const struct column item_columns[];
extern const struct column customer_columns[];
extern const struct column loan_columns[];
extern const struct column log_columns[];

#endif
