#include "common/base64.h"

#include <stdbool.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)bytes[i] << 16;
		if (have > 1)
			bits |= (uint32_t)bytes[i + 1] << 8;
		if (have > 2)
			bits |= bytes[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = have > 1 ? digits[bits >> 6 & 63] : '=';
		*out++ = have > 2 ? digits[bits & 63] : '=';
	}
	*out = '\0';
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four characters, of which the last `padding` are '='. False when they are not the only way to
 * write what they stand for. */
static bool quad_value(const char *text, size_t padding, uint32_t *bits)
{
	*bits = 0;
	for (size_t i = 0; i < 4; i++) {
		int value = i < 4 - padding ? digit_value(text[i]) : 0;
		if (value < 0)
			return false;
		*bits = *bits << 6 | (uint32_t)value;
	}
	return (*bits & ((UINT32_C(1) << 8 * padding) - 1)) == 0;
}

enum status base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size, size_t *len)
{
	size_t padding = 0, done = 0;
	uint32_t bits;

	if (text_len % 4 != 0)
		return STATUS_INVALID;
	while (padding < 2 && text_len > 0 && text[text_len - 1 - padding] == '=')
		padding++;
	if (text_len / 4 * 3 - padding > size)
		return STATUS_INVALID;
	for (size_t i = 0; i < text_len; i += 4) {
		size_t without = i + 4 == text_len ? padding : 0;
		if (!quad_value(text + i, without, &bits))
			return STATUS_INVALID;
		for (size_t k = 0; k < 3 - without; k++)
			out[done++] = (uint8_t)(bits >> (16 - 8 * k));
	}
	*len = done;
	return STATUS_OK;
}
