/*
 * Masks: what is left of a text that is not shown. A mask has the same number of characters
 * whatever the text's, never half a character, and shows nothing of a text that is shorter than
 * its style expects. A mask masked again stays what it is. Nothing is left of nothing: an empty
 * text is shown as empty.
 */
#ifndef SERVER_SERVICE_MASK_TEXT_H
#define SERVER_SERVICE_MASK_TEXT_H

#include <stdbool.h>

#include "common/arena.h"

enum mask_style {
	MASK_STYLE_TEXT,    /* **** */
	MASK_STYLE_NAME,    /* 张** */
	MASK_STYLE_PHONE,   /* 138****1234 */
	MASK_STYLE_ID,      /* 510***********123X */
	MASK_STYLE_ACCOUNT, /* ********1234 */
	MASK_STYLE_ADDRESS, /* 成都市**** */
	MASK_STYLE_BYTES,   /* of bytes nothing is left; of a text, as TEXT */
};

/* The mask of a text, of the arena or static; NULL when the arena is full. */
const char *mask_text(enum mask_style style, const char *text, struct arena *arena);

/* Whether a text could be such a mask: it must never come back as a value. */
bool mask_is_mask(const char *text);

#endif
