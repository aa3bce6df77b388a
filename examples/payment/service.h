/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the example's services have in common: options, an HTTP server (libmicrohttpd), an end at SIGTERM. They stand
 * for users' services and share no code with Parallax.
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdio.h>

#define SERVICE_BODY_MAX 65536u

struct request {
    const char *method, *path, *host; /* HEAD comes as GET */
    const char *exchange;             /* Parallax-Exchange; NULL: none */
    char body[SERVICE_BODY_MAX + 1];  /* ends with a NUL */
    size_t len;
    bool too_large; /* then it has been answered already */
};

struct answer {
    int status;        /* 200 before */
    FILE *body;        /* nothing written: no body */
    const char *type;  /* of the body; application/json before */
    const char *allow; /* NULL: no such header */
    char location[256];
    char request_id[17]; /* X-Request-Id, never the same twice */
};

struct service_option {
    const char *name, *argument, *help; /* argument NULL: a flag */
    const char **value;                 /* becomes the argument; of a flag, its name */
};

struct service {
    const char *about;                           /* for --help */
    const struct service_option *options, *more; /* each NULL, or ends with {0} */
    int (*start)(void); /* with the options read: 0, or the exit status, after saying what is wrong */
    void (*respond)(const struct request *request, struct answer *answer); /* on many threads at once */
    void (*stop)(void);                                                    /* behind the last request */
};

/* The Parallax-Exchange of the request that this thread answers, to be passed on to whoever is asked for it; NULL:
 * none. */
const char *service_exchange(void);
/* Serves until SIGTERM or SIGINT; the exit status. */
int service_main(int argc, char **argv, const struct service *service);
/* A whole number up to max, else -1. */
long service_number(const char *text, long max);
/* "/payroll", "/payroll/3" are under "/payroll": what follows is in rest. */
bool service_is_under(const char *path, const char *name, const char **rest);
/* Status 405. */
void service_not_allowed(struct answer *answer, const char *allow);

#endif
