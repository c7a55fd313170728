#include "tests/unit/service/board.h"

#include <stdlib.h>
#include <string.h>

uint64_t board_person(struct board *board, const char *login, const char *office, Pb__Role role)
{
	Pb__PrincipalAddRequest request = PB__PRINCIPAL_ADD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.login = login;
	request.name = login;
	request.office = office;
	request.role = role;
	if (role == PB__ROLE__LAWYER)
		request.unit = "某某律师事务所";
	assert_int_equal(
		desk_act(board->desk, DESK_OFFICER, RPC_principal_add, &request.base, &reply),
		STATUS_OK);
	return ((const Pb__PrincipalAddReply *)(void *)reply)->principal->id;
}

int board_setup(void **state)
{
	struct board *board = calloc(1, sizeof(*board));
	void *shelf;

	assert_non_null(board);
	assert_int_equal(shelf_setup(&shelf), 0);
	board->shelf = shelf;
	board->desk = &board->shelf->desk;
	board->customer = board->shelf->customer;
	board->head = board_person(board, "luo.hua", "CD", PB__ROLE__APPROVER);
	board->second = board_person(board, "he.jing", "CD", PB__ROLE__APPROVER);
	board->other = board_person(board, "qian.bo", "SH", PB__ROLE__APPROVER);
	board->manager = board_person(board, "zhou.zong", "HQ", PB__ROLE__GENERAL_MANAGER);
	*state = board;
	return 0;
}

int board_teardown(void **state)
{
	struct board *board = *state;
	void *shelf = board->shelf;

	free(board);
	return shelf_teardown(&shelf);
}

void board_rule(char setting[static CONFIG_TEXT_LEN], const char *rule)
{
	memcpy(setting, rule, strlen(rule) + 1);
}

static const char *ask(struct board *board, uint64_t who, Pb__ApprovalRequestRequest *request)
{
	const Pb__ApprovalRequestReply *told;
	ProtobufCMessage *reply;

	request->reason = "客户来函核实";
	if (desk_act(board->desk, who, RPC_approval_request, &request->base, &reply) != STATUS_OK)
		return NULL;
	told = (const Pb__ApprovalRequestReply *)(void *)reply;
	return arena_printf(&board->desk->keep, "%s", told->opened->approval->number);
}

const char *board_ask(struct board *board, uint64_t who)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;
	const char *number;

	request.kind = "sensitive";
	request.subject = board->customer;
	number = ask(board, who, &request);
	if (number == NULL)
		fail_msg("refused: %s", desk_reason(board->desk));
	return number;
}

const char *board_ask_loan(struct board *board, uint64_t who, const char *item,
			   const char *borrower)
{
	Pb__ApprovalRequestRequest request = PB__APPROVAL_REQUEST_REQUEST__INIT;

	request.kind = "loan";
	request.subject = item;
	request.borrower = borrower;
	return ask(board, who, &request);
}

enum status board_approve(struct board *board, uint64_t who, const char *approval)
{
	Pb__ApprovalDecideRequest request = PB__APPROVAL_DECIDE_REQUEST__INIT;

	request.approval = approval;
	request.approve = true;
	return desk_act(board->desk, who, RPC_approval_decide, &request.base, NULL);
}

enum status board_decline(struct board *board, uint64_t who, const char *approval, const char *text)
{
	Pb__ApprovalDecideRequest request = PB__APPROVAL_DECIDE_REQUEST__INIT;

	request.approval = approval;
	request.decline = true;
	request.text = text;
	return desk_act(board->desk, who, RPC_approval_decide, &request.base, NULL);
}

enum status board_withdraw(struct board *board, uint64_t who, const char *approval)
{
	Pb__ApprovalWithdrawRequest request = PB__APPROVAL_WITHDRAW_REQUEST__INIT;

	request.approval = approval;
	return desk_act(board->desk, who, RPC_approval_withdraw, &request.base, NULL);
}

enum status board_delegate(struct board *board, uint64_t who, const char *to, int32_t from,
			   int32_t until)
{
	Pb__DelegationAddRequest request = PB__DELEGATION_ADD_REQUEST__INIT;

	request.to = to;
	request.from_date = DESK_TODAY + from;
	request.until_date = DESK_TODAY + until;
	request.reason = "出差";
	return desk_act(board->desk, who, RPC_delegation_add, &request.base, NULL);
}

const Pb__ApprovalShowReply *board_show(struct board *board, uint64_t who, const char *approval)
{
	Pb__ApprovalShowRequest request = PB__APPROVAL_SHOW_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.approval = approval;
	if (desk_look(board->desk, who, RPC_approval_show, &request.base, &reply) != STATUS_OK)
		return NULL;
	return (const Pb__ApprovalShowReply *)(void *)reply;
}

size_t board_waiting(struct board *board, uint64_t who)
{
	Pb__ApprovalListRequest request = PB__APPROVAL_LIST_REQUEST__INIT;

	assert_int_equal(desk_list(board->desk, who, RPC_approval_list, &request.base), STATUS_OK);
	return board->desk->scan.count;
}
