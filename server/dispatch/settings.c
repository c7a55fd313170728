#include "server/dispatch/settings.h"

void settings_init(struct settings *settings, struct config *config)
{
	pthread_mutex_init(&settings->lock, NULL);
	settings->config = config_retain(config);
}

void settings_release(struct settings *settings)
{
	config_free(settings->config);
	pthread_mutex_destroy(&settings->lock);
}

struct config *settings_get(struct settings *settings)
{
	pthread_mutex_lock(&settings->lock);
	struct config *config = config_retain(settings->config);
	pthread_mutex_unlock(&settings->lock);
	return config;
}

void settings_set(struct settings *settings, struct config *config)
{
	pthread_mutex_lock(&settings->lock);
	struct config *before = settings->config;
	settings->config = config_retain(config);
	pthread_mutex_unlock(&settings->lock);
	config_free(before);
}
