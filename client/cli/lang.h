/* The language of what people read: gettext, domain "dossier". */
#ifndef CLIENT_CLI_LANG_H
#define CLIENT_CLI_LANG_H

#include "client/lib/text.h"

#ifndef DOSSIER_LOCALEDIR
#define DOSSIER_LOCALEDIR "/usr/local/share/locale"
#endif

/* Speaks the language of choice ("zh_CN", "en"; NULL or "": as the environment says), from
 * <directory of the program>/locale when that is there, else from DOSSIER_LOCALEDIR. Always UTF-8;
 * the machine need not have the locale itself. May be called again. */
void lang_init(const char *choice);

/* gettext of a msgid that may be NULL or "", which stay as they are: gettext("") is the header. */
const char *lang_text(const char *msgid);

#endif
