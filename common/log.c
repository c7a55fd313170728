#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/date.h"
#include "common/text.h"

#define LINE_MAX_LEN 1000

/* The line as it grows. Once something did not fit nothing more is added. */
struct line {
	char bytes[LINE_MAX_LEN];
	size_t len;
	bool cut;
};

static const char *const words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* The one setting of a process that is not handed around: every floor logs. */
static atomic_int shown = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&shown, (int)level, memory_order_relaxed);
}

int log_level_parse(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -1;
}

/* Adds all of a piece or nothing: no escape and no character is ever cut in two. Two bytes are kept
 * for the closing quote and the line's end. */
static void add(struct line *line, const char *piece, size_t len)
{
	if (line->cut || len > sizeof(line->bytes) - 2 - line->len) {
		line->cut = true;
		return;
	}
	memcpy(line->bytes + line->len, piece, len);
	line->len += len;
}

static void add_text(struct line *line, const char *text)
{
	add(line, text, strlen(text));
}

static void add_escaped_byte(struct line *line, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	char escape[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	add(line, escape, sizeof(escape));
}

/* Bytes of the character that begins with this byte of well-formed UTF-8. */
static size_t character_len(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool is_plain(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return len > 0;
}

/* A value: as it is when it is one plain word, else quoted and escaped. */
static void add_value(struct line *line, const char *value, size_t len)
{
	size_t step;

	if (is_plain(value, len)) {
		add(line, value, len);
		return;
	}
	bool readable = text_check(value, len) == TEXT_OK;
	add(line, "\"", 1);
	bool opened = !line->cut;
	for (size_t i = 0; i < len; i += step) {
		unsigned char c = (unsigned char)value[i];
		step = readable ? character_len(c) : 1;
		if (c == '"' || c == '\\')
			add(line, (const char[]){'\\', (char)c}, 2);
		else if (c < ' ' || c == 0x7f || (c >= 0x80 && !readable))
			add_escaped_byte(line, c);
		else
			add(line, value + i, step);
	}
	if (opened)
		line->bytes[line->len++] = '"'; /* add() kept room for it */
}

/* Numbers by their length modifier: "" "h" "hh" "l" "ll" "z" "j". */
static long long take_signed(va_list *arguments, const char *modifier)
{
	if (strncmp(modifier, "ll", 2) == 0)
		return va_arg(*arguments, long long);
	switch (modifier[0]) {
	case 'l':
		return va_arg(*arguments, long);
	case 'z':
		return va_arg(*arguments, ssize_t);
	case 'j':
		return va_arg(*arguments, intmax_t);
	default:
		return va_arg(*arguments, int);
	}
}

static unsigned long long take_unsigned(va_list *arguments, const char *modifier)
{
	if (strncmp(modifier, "ll", 2) == 0)
		return va_arg(*arguments, unsigned long long);
	switch (modifier[0]) {
	case 'l':
		return va_arg(*arguments, unsigned long);
	case 'z':
		return va_arg(*arguments, size_t);
	case 'j':
		return va_arg(*arguments, uintmax_t);
	default:
		return va_arg(*arguments, unsigned);
	}
}

static void add_string(struct line *line, va_list *arguments, bool has_precision)
{
	int precision = has_precision ? va_arg(*arguments, int) : -1;
	const char *value = va_arg(*arguments, const char *);

	if (value == NULL)
		value = "";
	add_value(line, value, precision < 0 ? strlen(value) : strnlen(value, (size_t)precision));
}

/* The conversion behind a percent sign. Returns what follows it, or NULL when it is none of ours:
 * then the arguments behind it cannot be found any more. */
static const char *add_conversion(struct line *line, const char *format, va_list *arguments)
{
	bool has_precision = strncmp(format, ".*", 2) == 0;
	const char *modifier = has_precision ? format + 2 : format;
	const char *conversion = modifier + strspn(modifier, "hlzj");
	char number[24];

	switch (*conversion) {
	case 's':
		add_string(line, arguments, has_precision);
		return conversion + 1;
	case 'd':
		(void)snprintf(number, sizeof(number), "%lld", take_signed(arguments, modifier));
		break;
	case 'u':
		(void)snprintf(number, sizeof(number), "%llu", take_unsigned(arguments, modifier));
		break;
	case 'x':
		(void)snprintf(number, sizeof(number), "%llx", take_unsigned(arguments, modifier));
		break;
	default:
		add_text(line, "?");
		return NULL;
	}
	add_text(line, number);
	return conversion + 1;
}

static void add_format(struct line *line, const char *format, va_list *arguments)
{
	while (format != NULL && *format != '\0') {
		size_t plain = strcspn(format, "%");
		add(line, format, plain);
		format += plain;
		if (*format == '%')
			format = add_conversion(line, format + 1, arguments);
	}
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	struct line line = {.len = 0};
	char now[DATE_TIME_TEXT_LEN];
	int error = errno;
	va_list arguments;

	if ((int)level > atomic_load_explicit(&shown, memory_order_relaxed))
		return;
	if (isatty(STDERR_FILENO)) {
		date_format_time(clock_now(), 0, now);
		add_text(&line, now);
		add_text(&line, "Z ");
	}
	add_text(&line, "level=");
	add_text(&line, words[level]);
	add_text(&line, " event=");
	add_text(&line, event);
	if (format[0] != '\0')
		add(&line, " ", 1);
	va_start(arguments, format);
	add_format(&line, format, &arguments);
	va_end(arguments);
	line.bytes[line.len++] = '\n';
	while (write(STDERR_FILENO, line.bytes, line.len) < 0 && errno == EINTR)
		continue; /* nothing was written yet; where stderr is broken nobody can be told */
	errno = error;
}
