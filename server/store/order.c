#include "server/store/order.h"

#if defined(ORDER_IS_WATCHED)

#include <sanitizer/tsan_interface.h>

/* Asked by ThreadSanitizer at start: what LMDB does is not looked at. */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:liblmdb.so\n";
}

void order_show(void *place)
{
	__tsan_release(place);
}

void order_see(void *place)
{
	__tsan_acquire(place);
}

#else

void order_show(void *place)
{
	(void)place;
}

void order_see(void *place)
{
	(void)place;
}

#endif
