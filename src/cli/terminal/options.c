/* SPDX-License-Identifier: Apache-2.0 */
/* Options that several commands share, on getopt_long(). */
#include "cli/terminal/options.h"

#include "base/nearest.h"
#include "cli/terminal/exit_status.h"
#include "cli/terminal/help.h"
#include "cli/terminal/terminal.h"

#include <parallax/parallax.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TROUBLE_BYTES_MAX 1024

int
plx_trouble(const char *command, const char *format, ...)
{
    char raw[TROUBLE_BYTES_MAX];
    struct plx_buffer line;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(raw, sizeof(raw), format, arguments);
    va_end(arguments);
    plx_buffer_init(&line, 8u * TROUBLE_BYTES_MAX);
    plx_text_add(&line, plx_slice_of(raw), SIZE_MAX);
    fprintf(stderr, "parallax %s: %.*s\n", command, (int)line.len, line.ptr ? line.ptr : "");
    plx_buffer_fini(&line);
    return PLX_EXIT_USAGE;
}

void
plx_options_init(struct plx_options *options, const char *command, const char *help, const struct option *longs)
{
    const char *admin = getenv("PARALLAX_ADMIN");

    *options = (struct plx_options){.command = command, .help = help, .longs = longs, .exit = -1};
    options->admin = admin && *admin ? admin : PLX_ADMIN_DEFAULT;
    optind = 0; /* getopt_long() may have been used before: from the start again */
    opterr = 0;
}

static int
finish(struct plx_options *options, int status)
{
    options->exit = status;
    return -1;
}

/* getopt_long() stands behind what it refused, but a bundle of short options. */
static const char *
refused(char **argv)
{
    return optind > 0 && argv[optind - 1] ? argv[optind - 1] : "";
}

static const struct option *
find_long(const struct plx_options *options, const char *text)
{
    size_t len = strcspn(text, "=");

    for (const struct option *row = options->longs; row->name; row++)
        if (strlen(row->name) == len && strncmp(row->name, text, len) == 0)
            return row;
    return NULL;
}

/* `--primary --candidate URL`: the value of the first one has been left out. true: it has been told. */
static bool
took_option(struct plx_options *options, char **argv)
{
    const char *value = optarg;

    if (!value || value != argv[optind - 1] || strncmp(value, "--", 2) != 0 || !find_long(options, value + 2))
        return false;
    finish(options,
           plx_trouble(options->command,
                       "%s needs a value, and behind it stands the option %s; `parallax %s --help` shows which",
                       argv[optind - 2], value, options->command));
    return true;
}

static int
tell_unknown(struct plx_options *options, const char *text)
{
    const char *name = text + strspn(text, "-");
    struct plx_nearest nearest = plx_nearest_begin(plx_slice_make(name, strcspn(name, "=")));
    bool is_long = strncmp(text, "--", 2) == 0;
    char hint[64] = "";

    if (is_long && find_long(options, name))
        return finish(options, plx_trouble(options->command, "--%.*s takes no value", (int)strcspn(name, "="), name));
    for (const struct option *row = options->longs; row->name && is_long; row++)
        plx_nearest_look(&nearest, row->name);
    if (nearest.found)
        snprintf(hint, sizeof(hint), "did you mean --%.40s? ", nearest.found);
    return finish(options,
                  plx_trouble(options->command, "'%s' is not known here; %s`parallax %s --help` lists the options",
                              text, hint, options->command));
}

static int
end(struct plx_options *options, int argc, char **argv)
{
    if (optind < argc && !options->operands)
        return finish(options, plx_trouble(options->command,
                                           "'%s' is no option, and nothing else is expected; "
                                           "`parallax %s --help` lists the options",
                                           argv[optind], options->command));
    return -1;
}

/* false: there are too many, which has been told. */
static bool
add_only(struct plx_options *options, enum plx_subject_kind kind)
{
    if (options->only_count == PLX_OPTIONS_ONLY_MAX) {
        finish(options,
               plx_trouble(options->command, "at most %u can be asked about at once; leave the options out for all",
                           PLX_OPTIONS_ONLY_MAX));
        return false;
    }
    options->only[options->only_count++] = (struct plx_option_only){kind, optarg};
    return true;
}

int
plx_options_next(struct plx_options *options, int argc, char **argv)
{
    for (;;) {
        int option = getopt_long(argc, argv, options->shorts ? options->shorts : ":hV", options->longs, NULL);

        if (option > 0 && option != ':' && option != '?' && took_option(options, argv))
            return -1;
        switch (option) {
        case PLX_OPTION_ADMIN:
            options->admin = optarg;
            options->admin_given = true;
            break;
        case PLX_OPTION_SERVICE:
            if (!add_only(options, PLX_SUBJECT_SERVICE))
                return -1;
            break;
        case PLX_OPTION_EXPERIMENT:
            if (!add_only(options, PLX_SUBJECT_EXPERIMENT))
                return -1;
            break;
        case PLX_OPTION_SPY:
            if (!add_only(options, PLX_SUBJECT_SPY))
                return -1;
            break;
        case PLX_OPTION_JSON:
            options->json = true;
            break;
        case 'h':
        case PLX_OPTION_HELP:
            plx_help_print(stdout, options->help);
            return finish(options, 0);
        case 'V':
        case PLX_OPTION_VERSION:
            printf("parallax %s\n", plx_version());
            return finish(options, 0);
        case ':':
            return finish(options, plx_trouble(options->command, "%s needs a value; `parallax %s --help` shows which",
                                               refused(argv), options->command));
        case '?':
            return tell_unknown(options, optopt > 0 && optopt < PLX_OPTION_ADMIN ? (char[]){'-', (char)optopt, 0}
                                                                                 : refused(argv));
        case -1:
            return end(options, argc, argv);
        default:
            return option;
        }
    }
}

uint32_t
plx_number_of(const char *text, uint32_t max)
{
    uint64_t value = 0;

    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || value > max)
            return 0;
        value = value * 10 + (uint64_t)(*c - '0');
    }
    return value <= max ? (uint32_t)value : 0;
}
