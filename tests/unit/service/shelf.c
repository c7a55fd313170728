#include "tests/unit/service/shelf.h"

#include <stdlib.h>

int shelf_setup(void **state)
{
	struct shelf *shelf = calloc(1, sizeof(*shelf));
	Pb__ItemDraft box = PB__ITEM_DRAFT__INIT;
	Pb__ItemDraft volume = PB__ITEM_DRAFT__INIT;

	assert_non_null(shelf);
	desk_open(&shelf->desk);
	shelf->customer = desk_add_customer(&shelf->desk, DESK_CLERK_CD, "成都某某公司", "C1");
	box.title = "盒";
	box.kind = PB__ITEM_KIND__BOX;
	box.customer = shelf->customer;
	box.place = "A-01";
	shelf->box = desk_add_item(&shelf->desk, DESK_CLERK_CD, &box);
	volume.title = "卷";
	volume.kind = PB__ITEM_KIND__VOLUME;
	volume.parent = shelf->box;
	shelf->volume = desk_add_item(&shelf->desk, DESK_CLERK_CD, &volume);
	shelf->piece = desk_add_piece(&shelf->desk, DESK_CLERK_CD, NULL, shelf->volume);
	shelf->loose = desk_add_piece(&shelf->desk, DESK_CLERK_CD, NULL, shelf->box);
	shelf->single = desk_add_piece(&shelf->desk, DESK_CLERK_CD, shelf->customer, NULL);
	*state = shelf;
	return 0;
}

int shelf_teardown(void **state)
{
	struct shelf *shelf = *state;

	desk_close(&shelf->desk);
	free(shelf);
	return 0;
}

enum status shelf_borrow(struct shelf *shelf, const char **items, size_t count, bool each,
			 Pb__BorrowReply **reply)
{
	Pb__BorrowRequest request = PB__BORROW_REQUEST__INIT;
	ProtobufCMessage *told;
	enum status status;

	request.items = items;
	request.n_items = count;
	request.borrower = "王芳";
	request.purpose = "查阅";
	request.each = each;
	status = desk_act(&shelf->desk, DESK_CLERK_CD, RPC_borrow, &request.base, &told);
	if (reply != NULL)
		*reply = (Pb__BorrowReply *)(void *)told;
	return status;
}
