#include "common/code.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CHARACTERS (CODE_DIGITS + 2)
#define GROUP 5
#define BITS 5           /* of a character */
#define CHECK_PRIME 1021 /* the largest below 32 * 32 */
#define BYTES (CODE_SECRET_LEN + PIN_LEN)

_Static_assert(BYTES * 8 == CODE_DIGITS * BITS, "the characters hold exactly the bytes");
_Static_assert(CODE_TEXT_LEN == CHARACTERS + (CHARACTERS - 1) / GROUP + 1, "and the text them");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The number that all characters make, modulo a prime: no single wrong character and no two
 * neighbours that changed places leave it as it was. */
static unsigned check_of(const uint8_t digits[static CODE_DIGITS])
{
	unsigned sum = 0;

	for (size_t i = 0; i < CODE_DIGITS; i++)
		sum = (sum * 32 + digits[i]) % CHECK_PRIME;
	return sum;
}

/* ---- from a code to text ---- */

static void split(const uint8_t bytes[static BYTES], uint8_t digits[static CHARACTERS])
{
	unsigned check;

	for (size_t i = 0; i < CODE_DIGITS; i++) {
		size_t bit = i * BITS;
		unsigned pair = (unsigned)bytes[bit / 8] << 8;

		if (bit / 8 + 1 < BYTES)
			pair |= bytes[bit / 8 + 1];
		digits[i] = (uint8_t)(pair >> (16 - BITS - bit % 8) & 31);
	}
	check = check_of(digits);
	digits[CODE_DIGITS] = (uint8_t)(check / 32);
	digits[CODE_DIGITS + 1] = (uint8_t)(check % 32);
}

void code_make(struct code *code, const uint8_t pin[static PIN_LEN])
{
	random_bytes(code->secret, sizeof(code->secret));
	memcpy(code->pin, pin, PIN_LEN);
}

void code_format(const struct code *code, char text[static CODE_TEXT_LEN])
{
	uint8_t bytes[BYTES];
	uint8_t digits[CHARACTERS];
	size_t at = 0;

	memcpy(bytes, code->secret, CODE_SECRET_LEN);
	memcpy(bytes + CODE_SECRET_LEN, code->pin, PIN_LEN);
	split(bytes, digits);
	for (size_t i = 0; i < CHARACTERS; i++) {
		if (i > 0 && i % GROUP == 0)
			text[at++] = '-';
		text[at++] = alphabet[digits[i]];
	}
	text[at] = '\0';
}

/* ---- and back ---- */

/* One character of UTF-8 as ASCII, when an input method made it of full width or of another kind of
 * dash; 0 for what has no such form. *len: bytes of it. */
static char plain(const char *at, size_t *len)
{
	const unsigned char *byte = (const unsigned char *)at;
	unsigned point;

	*len = 1;
	if (byte[0] < 0x80)
		return (char)byte[0];
	if (byte[0] >> 4 != 0xe || byte[1] >> 6 != 2 || byte[2] >> 6 != 2)
		return 0;
	*len = 3;
	point = (byte[0] & 0xfu) << 12 | (byte[1] & 0x3fu) << 6 | (byte[2] & 0x3fu);
	if (point >= 0xff01 && point <= 0xff5e)
		return (char)(point - 0xff01 + '!');
	if (point == 0x3000)
		return ' ';
	return (point >= 0x2010 && point <= 0x2015) || point == 0x2212 ? '-' : 0;
}

/* -1 when it is none. */
static int digit_of(char character)
{
	const char *found;

	if (character >= 'a' && character <= 'z')
		character = (char)(character - 'a' + 'A');
	if (character == 'O')
		character = '0';
	if (character == 'I' || character == 'L')
		character = '1';
	found = character == '\0' ? NULL : strchr(alphabet, character);
	return found == NULL ? -1 : (int)(found - alphabet);
}

static bool is_between(char character)
{
	return character == '-' || character == '_' || character == ' ' || character == '\t' ||
	       character == '\n' || character == '\r';
}

static enum code_fault read_digits(const char *text, uint8_t digits[static CHARACTERS])
{
	size_t count = 0;
	size_t len;

	for (; *text != '\0'; text += len) {
		char character = plain(text, &len);
		int digit = digit_of(character);

		if (is_between(character))
			continue;
		if (digit < 0)
			return CODE_CHARACTER;
		if (count == CHARACTERS)
			return CODE_LONG;
		digits[count++] = (uint8_t)digit;
	}
	return count == CHARACTERS ? CODE_OK : CODE_SHORT;
}

static void join(const uint8_t digits[static CHARACTERS], uint8_t bytes[static BYTES])
{
	unsigned held = 0;
	unsigned bits = 0;
	size_t at = 0;

	for (size_t i = 0; i < CODE_DIGITS; i++) {
		held = held << BITS | digits[i];
		bits += BITS;
		if (bits >= 8) {
			bits -= 8;
			bytes[at++] = (uint8_t)(held >> bits);
		}
	}
}

enum code_fault code_parse(const char *text, struct code *code)
{
	uint8_t digits[CHARACTERS];
	uint8_t bytes[BYTES];
	enum code_fault fault = read_digits(text, digits);

	if (fault != CODE_OK)
		return fault;
	if (check_of(digits) != digits[CODE_DIGITS] * 32u + digits[CODE_DIGITS + 1])
		return CODE_MISTYPED;
	join(digits, bytes);
	memcpy(code->secret, bytes, CODE_SECRET_LEN);
	memcpy(code->pin, bytes + CODE_SECRET_LEN, PIN_LEN);
	return CODE_OK;
}

void code_hash(const uint8_t secret[static CODE_SECRET_LEN], uint8_t out[static HASH_LEN])
{
	hash_of(secret, CODE_SECRET_LEN, out);
}
