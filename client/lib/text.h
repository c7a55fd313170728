/* Sentences of the library that people may read are translated like all others. */
#ifndef CLIENT_LIB_TEXT_H
#define CLIENT_LIB_TEXT_H

#include <libintl.h>

#define TEXT_DOMAIN "dossier"
#define _(text) dgettext(TEXT_DOMAIN, text)
#define N_(text) text

#endif
