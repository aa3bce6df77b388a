/* SPDX-License-Identifier: Apache-2.0 */
/* Errors for people. What a database says may have several lines and, where a URL is wrong, its password. */
#include "reconcile/error.h"

#include <stdarg.h>
#include <stdio.h>

/* Line ends become blanks, what ends the text goes. */
static void
make_line(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
        text[--len] = '\0';
    for (char *at = text; *at; at++)
        if (*at == '\n' || *at == '\r' || *at == '\t')
            *at = ' ';
}

enum plx_status
plx_reconcile_fail(struct plx_reconcile_error *error, enum plx_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    make_line(error->text);
    return status;
}

enum plx_status
plx_reconcile_no_memory(struct plx_reconcile_error *error)
{
    return plx_reconcile_fail(error, PLX_E_MEMORY, "out of memory");
}

/* The end of what a word of a URL's query says. */
static const char *
end_of_value(const char *at)
{
    return at + strcspn(at, "& ");
}

const char *
plx_reconcile_shown(const char *store)
{
    static _Thread_local char shown[256];
    const char *user = strstr(store, "://"), *at = user ? strchr(user, '@') : NULL, *end;
    const char *colon = at ? memchr(user + 3, ':', (size_t)(at - user) - 3) : NULL;
    size_t len;

    if (at)
        while ((end = strpbrk(at + 1, "@/?")) && *end == '@') /* a password may hold one */
            at = end;
    if (colon)
        snprintf(shown, sizeof(shown), "%.*s:***%s", (int)(colon - store), store, at);
    else
        snprintf(shown, sizeof(shown), "%s", store);
    char *secret = user ? strstr(shown, "password=") : NULL;
    if (secret) {
        len = strlen("password=");
        end = end_of_value(secret + len);
        memmove(secret + len, end, strlen(end) + 1);
    }
    return shown;
}
