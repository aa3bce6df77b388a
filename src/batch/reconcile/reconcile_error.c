/* SPDX-License-Identifier: Apache-2.0 */
/* Errors for people. What a database says may have several lines and, where a URL is wrong, its password. */
#include "batch/reconcile/reconcile_error.h"

#include <stdarg.h>
#include <stdio.h>

/* Line ends and blanks, any number of them, become one blank; those at the end go. */
static void
make_line(char *text)
{
    char *out = text;

    for (const char *at = text; *at; at++) {
        bool blank = strchr(" \n\r\t", *at) != NULL;
        if (!blank)
            *out++ = *at;
        else if (out != text && out[-1] != ' ')
            *out++ = ' ';
    }
    while (out != text && out[-1] == ' ')
        out--;
    *out = '\0';
}

void
plx_reconcile_tell_error(struct plx_reconcile_error *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    make_line(error->text);
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
