#include "common/role.h"

#include <string.h>

#include "proto/record.pb-c.h"

/* Marks a gettext msgid. */
#define N_(text) text

_Static_assert(PERMISSION_COUNT <= 64, "a role's permissions are bits of a u64");

static const char *const names[PERMISSION_COUNT] = {
#define PERMISSION(name) [PERMISSION_##name] = #name,
#include "common/role.def"
#undef PERMISSION
};

static const struct role roles[] = {
#define MAY(permission) | UINT64_C(1) << PERMISSION_##permission
#define ROLE(name, word, scope, title, may) {PB__ROLE__##name, #word, title, SCOPE_##scope, 0 may},
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

bool role_may(const struct role *role, enum permission permission)
{
	return role != NULL && (role->permissions & UINT64_C(1) << permission) != 0;
}

const char *permission_name(enum permission permission)
{
	return names[permission];
}
