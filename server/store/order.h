/*
 * LMDB orders threads by its reader table and meta pages: a reader sees what was committed before
 * it began, and a page is written again only when its last reader has ended. ThreadSanitizer cannot
 * see into LMDB, so here it is told. In other builds these do nothing.
 */
#ifndef SERVER_STORE_ORDER_H
#define SERVER_STORE_ORDER_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ORDER_IS_WATCHED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define ORDER_IS_WATCHED 1
#endif

/* What this thread did is seen by whoever comes to order_see() with the same place later. */
void order_show(void *place);
void order_see(void *place);

#endif
