/* The config in force, shared by all threads and exchanged by a reload. */
#ifndef SERVER_DISPATCH_SETTINGS_H
#define SERVER_DISPATCH_SETTINGS_H

#include <pthread.h>

#include "server/config.h"

struct settings {
	pthread_mutex_t lock;
	struct config *config; /* owned reference */
};

/* Takes a reference to config. */
void settings_init(struct settings *settings, struct config *config);
void settings_release(struct settings *settings);

/* The config in force; the caller's to config_free(). Any thread. */
struct config *settings_get(struct settings *settings);

/* From now on this one; takes a reference. Any thread. */
void settings_set(struct settings *settings, struct config *config);

#endif
