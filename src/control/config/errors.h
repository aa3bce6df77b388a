/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of a configuration, each with its place and its mend, and what a configuration is read with. All errors
 * are told, not just the first: who finds one goes on with what was there before.
 */
#ifndef PLX_CONFIG_ERRORS_H
#define PLX_CONFIG_ERRORS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "control/config/yaml_node.h"

#define PLX_CONFIG_ERRORS_MAX 50u /* told; of warnings as many */

/* Text for people, each error with its place and its mend, the lines ready to print; "" where there were none. */
struct plx_config_errors {
    struct plx_buffer text;
    struct plx_buffer warnings; /* what is no error but wants to be seen, likewise */
    size_t count, warning_count;
    bool usage; /* there is one about a flag, or about the file as a whole: wrong use */
};

/* What a configuration is read with. */
struct plx_config_reader {
    const struct plx_config_source *source; /* that is read at the moment; NULL: the flags */
    unsigned files;                         /* that were read */
    size_t variable_bytes;                  /* that variables came to */
    struct plx_arena *arena;
    struct plx_config_errors *errors;
    bool no_memory;
};

/* The bytes of the line's end at this place, 0 where there is none: CR LF is one, and so is either alone
 * (YAML 1.2, 5.4). */
size_t plx_config_line_end(struct plx_slice text, size_t at);
struct plx_slice plx_config_line(struct plx_slice text, unsigned line); /* from 1, without its end */

/* line 0: about a flag, or the whole file. */
void plx_config_error_at(struct plx_config_reader *reader, unsigned line, unsigned column, const char *mend,
                         const char *what);
/* what is a format; mend is static text (may be NULL). node NULL: about the whole file. */
void plx_config_error(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, but the line is not shown: it holds a secret. */
void plx_config_error_unshown(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                              const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for what is no error, but wants to be seen. */
void plx_config_warning(struct plx_config_reader *reader, const struct plx_yaml *node, const char *mend,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "'text'": cut where it is long, and without the secrets that a URL may hold. Stands until the next call. */
const char *plx_config_quoted(struct plx_slice text);
/* "a list", "a mapping", "'text'": what stands at a node, for an error. */
const char *plx_yaml_name(const struct plx_yaml *node);

/* Before the first error, and behind the last one: PLX_OK, PLX_E_SYNTAX where there were errors, or PLX_E_MEMORY. */
void plx_config_errors_begin(struct plx_config_errors *errors);
enum plx_status plx_config_errors_end(const struct plx_config_reader *reader);
/* Errors and warnings, for people, on standard error. */
void plx_config_errors_print(const struct plx_config_errors *errors);
void plx_config_errors_fini(struct plx_config_errors *errors);

#endif
