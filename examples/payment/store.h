/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service's own database: the table `notification` (id, message, consumed), in SQLite or PostgreSQL. Whoever compares
 * the databases of two services marks what it has paired as consumed.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>

struct store;

/* "sqlite:FILE", "sqlite::memory:" or "postgresql://..."; the table is made. NULL after saying what is wrong. */
struct store *store_open(const char *url);
void store_close(struct store *store);

/* The row's id, from 1 on; 0 after saying what is wrong. From any thread, as those below. */
long long store_add(struct store *store, const char *message);
/* The message, to be freed; NULL: no such row. */
char *store_get(struct store *store, long long id);
/* Each row that is not consumed, by id. false after saying what is wrong. */
bool store_each(struct store *store, void (*each)(void *context, long long id, const char *message), void *context);

#endif
