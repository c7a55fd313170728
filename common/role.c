#include "common/role.h"

#include <string.h>

#include "proto/record.pb-c.h"

/* Marks a gettext msgid. */
#define N_(text) text

static const char *const names[PERMISSION_COUNT] = {
#define PERMISSION(name) [PERMISSION_##name] = #name,
#include "common/role.def"
#undef PERMISSION
};

static const char *const scope_names[] = {
	[SCOPE_NONE] = "NONE",
	[SCOPE_SELF] = "SELF",
	[SCOPE_GRANT] = "GRANT",
	[SCOPE_OWN] = "OWN",
	[SCOPE_DEPARTMENT] = "DEPARTMENT",
	[SCOPE_OFFICE] = "OFFICE",
	[SCOPE_ALL] = "ALL",
};

static const struct role roles[] = {
#define MAY(permission, scope) [PERMISSION_##permission] = SCOPE_##scope,
#define ROLE(name, word, kind, title, may) {PB__ROLE__##name, #word, title, ROLE_##kind, {may}},
#include "common/role.def"
#undef ROLE
#undef MAY
};

#define ROLE_COUNT (sizeof(roles) / sizeof(roles[0]))

const struct role *role_all(size_t *count)
{
	*count = ROLE_COUNT;
	return roles;
}

const struct role *role_find(int number)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (roles[i].number == number)
			return &roles[i];
	}
	return NULL;
}

const struct role *role_find_word(const char *word)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (strcmp(roles[i].word, word) == 0)
			return &roles[i];
	}
	return NULL;
}

enum scope role_scope(const struct role *role, enum permission permission)
{
	return role == NULL ? SCOPE_NONE : (enum scope)role->scopes[permission];
}

bool role_may(const struct role *role, enum permission permission)
{
	return role_scope(role, permission) != SCOPE_NONE;
}

const char *permission_name(enum permission permission)
{
	return names[permission];
}

const char *scope_name(enum scope scope)
{
	return scope_names[scope];
}
