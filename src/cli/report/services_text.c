/* SPDX-License-Identifier: Apache-2.0 */
/* Services in a table, a line a role; of each other kind that there is a table with a line each. */
#include "cli/report/services_text.h"

#include "base/assert.h"
#include "cli/client/reading.h"
#include "cli/terminal/grid.h"
#include "cli/terminal/printer.h"
#include "cli/terminal/words.h"

#include <time.h>

#define RECENT_MS      10000u /* a failure that is no older is news */
#define NAME_COLUMNS   64u
#define DETAIL_COLUMNS 200u /* of what is wrong with an answer */
#define STORE_COLUMNS  1024u
#define REASON_COLUMNS 256u
#define HOST_COLUMNS   253u

struct listing {
    struct plx_printer printer;
    struct plx_grid grid;
    uint64_t now_ms;
};

/* Milliseconds since the epoch of "2026-01-02T03:04:05.678Z"; 0 where it is none. */
static uint64_t
time_of(struct plx_slice text)
{
    struct tm utc = {0};
    char copy[32];
    unsigned ms = 0;
    time_t seconds;

    if (text.len >= sizeof(copy))
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d.%3u", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour, &utc.tm_min,
               &utc.tm_sec, &ms) < 6)
        return 0;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    seconds = timegm(&utc);
    return seconds > 0 ? (uint64_t)seconds * 1000 + ms : 0;
}

/* The age of a time in the document; 0 where there is none, or it lies ahead. */
static uint64_t
age_of(struct listing *listing, struct plx_item time)
{
    uint64_t at = time_of(plx_item_text(time, listing->printer.arena));

    return at && at < listing->now_ms ? listing->now_ms - at : 0;
}

static void
add_age(struct plx_buffer *out, uint64_t age_ms)
{
    if (age_ms == 0)
        return;
    plx_text_add_seconds(out, (double)age_ms / 1000);
    plx_buffer_text(out, " ago");
}

/* A role that answers is not well by that alone: errors of the service itself are few. */
#define ERRORS_PERCENT_BAD 10u

static enum plx_style
add_errors(struct plx_buffer *out, uint64_t errors, uint64_t answered)
{
    bool bad = errors * 100 >= answered * ERRORS_PERCENT_BAD;

    plx_buffer_text(out, bad ? "answers 5xx to " : "ok; answers 5xx to ");
    plx_text_add_percent(out, errors, answered);
    plx_buffer_format(out, ", %llu of %llu", (unsigned long long)errors, (unsigned long long)answered);
    return bad ? PLX_RED : PLX_YELLOW;
}

/* "ok, 40 answered, the last 2.00 s ago" · "no traffic yet" · "failing: 12 of 52 failed, the last 3.00 s ago: connect"
 * · "ok; 2 of 40 failed, ..." */
static enum plx_style
add_health(struct listing *listing, struct plx_buffer *out, struct plx_item role)
{
    uint64_t answered = plx_item_uint(plx_item_member(role, "answered"));
    uint64_t failed = plx_item_uint(plx_item_member(role, "failed"));
    uint64_t errors = plx_item_uint(plx_item_member(role, "errors"));
    struct plx_item last = plx_item_member(role, "last_failure");
    uint64_t age_ms = age_of(listing, plx_item_member(last, "time"));
    uint64_t answer_age_ms = age_of(listing, plx_item_member(role, "last_answer"));
    struct plx_item ejected = plx_item_member(role, "ejected");
    bool failing = failed > 0 && (answered == 0 || age_ms <= RECENT_MS || age_ms < answer_age_ms);

    if (plx_item_is(ejected, PLX_OBJECT)) {
        plx_buffer_text(out, "ejected: its clients get the primary's answer, the last failure in a row: ");
        plx_text_add(out, plx_item_text(plx_item_member(ejected, "reason"), listing->printer.arena), 40);
        plx_buffer_text(out, ", since ");
        add_age(out, age_of(listing, plx_item_member(ejected, "since")));
        return PLX_RED;
    }
    if (answered + failed == 0) {
        plx_buffer_text(out, "no traffic yet");
        return PLX_DIM;
    }
    if (errors > 0 && !failing)
        return add_errors(out, errors, answered);
    if (failed == 0) {
        plx_buffer_format(out, "ok, %llu answered%s", (unsigned long long)answered, answer_age_ms ? ", the last " : "");
        add_age(out, answer_age_ms);
        return PLX_GREEN;
    }
    plx_buffer_format(out, "%s%llu of %llu failed", failing ? "failing: " : "ok; ", (unsigned long long)failed,
                      (unsigned long long)answered + failed);
    if (plx_item_is(last, PLX_OBJECT)) {
        plx_buffer_text(out, ", the last ");
        add_age(out, age_ms);
        plx_buffer_text(out, age_ms ? ": " : "");
        plx_text_add(out, plx_item_text(plx_item_member(last, "reason"), listing->printer.arena), 40);
    }
    return failing ? PLX_RED : PLX_YELLOW;
}

/* Where it is, and the Host that it is sent where that is not the client's. */
static struct plx_slice
place_of(struct listing *listing, struct plx_item role)
{
    struct plx_buffer *text = &listing->printer.text;
    struct plx_slice host = plx_item_text(plx_item_member(role, "host"), listing->printer.arena);

    plx_buffer_add(text, plx_item_text(plx_item_member(role, "url"), listing->printer.arena));
    if (host.len) {
        plx_buffer_text(text, " as ");
        plx_buffer_add(text, host);
    }
    return plx_printer_keep(&listing->printer);
}

static void
add_role(struct listing *listing, const struct plx_grid_cell service[4], struct plx_item key)
{
    struct plx_item role = plx_item_value(key);
    enum plx_style style = add_health(listing, &listing->printer.text, role);
    struct plx_slice health = plx_printer_keep(&listing->printer);

    plx_grid_add(&listing->grid, (struct plx_grid_cell[]){service[0],
                                                          service[1],
                                                          service[2],
                                                          service[3],
                                                          {plx_item_text(key, listing->printer.arena), PLX_PLAIN},
                                                          {health, style},
                                                          {place_of(listing, role), PLX_PLAIN}});
}

static void
add_service(struct listing *listing, struct plx_item service)
{
    static const struct plx_grid_cell none = {{"", 0}, PLX_PLAIN};
    struct plx_item roles = plx_item_member(service, "roles");
    struct plx_item key = plx_item_first_key(roles);

    plx_buffer_format(&listing->printer.text, "%g %%", plx_item_double(plx_item_member(service, "share")));
    struct plx_slice share = plx_printer_keep(&listing->printer);
    struct plx_slice requests =
        plx_printer_number(&listing->printer, plx_item_uint(plx_item_member(service, "requests")));
    struct plx_grid_cell cells[7] = {
        {plx_item_text(plx_item_member(service, "name"), listing->printer.arena), PLX_BOLD},
        {plx_item_text(plx_item_member(service, "stage"), listing->printer.arena), PLX_PLAIN},
        {share, PLX_PLAIN},
        {requests, PLX_PLAIN},
        none,
        none,
        none,
    };
    if (!key.document)
        plx_grid_add(&listing->grid, cells);
    for (; key.document; key = plx_item_next_key(roles, key)) {
        add_role(listing, cells, key);
        cells[0] = cells[1] = cells[2] = cells[3] = none;
    }
}

static void
print_services(struct listing *listing, struct plx_item services)
{
    static const struct plx_grid_column columns[] = {
        {.shrinks = true}, {0}, {.right = true}, {.right = true}, {0}, {.shrinks = true}, {.shrinks = true}};

    plx_grid_init(&listing->grid, listing->printer.arena, columns, PLX_COUNT(columns));
    plx_grid_add(&listing->grid, (struct plx_grid_cell[]){{plx_slice_of("service"), PLX_DIM},
                                                          {plx_slice_of("stage"), PLX_DIM},
                                                          {plx_slice_of("share"), PLX_DIM},
                                                          {plx_slice_of("requests"), PLX_DIM},
                                                          {plx_slice_of("role"), PLX_DIM},
                                                          {plx_slice_of("health"), PLX_DIM},
                                                          {plx_slice_of("url"), PLX_DIM}});
    for (struct plx_item s = plx_item_first(services); s.document; s = plx_item_next(services, s))
        add_service(listing, s);
    plx_grid_print(&listing->grid, listing->printer.terminal, 0);
}

/* " by 127.0.0.1: a new build" */
static void
add_who(struct listing *listing, struct plx_buffer *out, struct plx_item note)
{
    struct plx_slice client = plx_item_text(plx_item_member(note, "client"), listing->printer.arena);
    struct plx_slice reason = plx_item_text(plx_item_member(note, "reason"), listing->printer.arena);

    if (client.len) {
        plx_buffer_text(out, " by ");
        plx_text_add(out, client, NAME_COLUMNS);
    }
    if (reason.len) {
        plx_buffer_text(out, ": ");
        plx_text_add(out, reason, REASON_COLUMNS);
    }
}

/* "12:03", or another day's with its date; of the reader's clock. */
static void
add_moment(struct listing *listing, struct plx_buffer *out, struct plx_item moment)
{
    time_t at = (time_t)(time_of(plx_item_text(moment, listing->printer.arena)) / 1000);
    time_t now = (time_t)(listing->now_ms / 1000);
    struct tm then, today;
    char text[32] = "?";

    if (at > 0 && localtime_r(&at, &then) && localtime_r(&now, &today))
        strftime(text, sizeof(text),
                 then.tm_yday == today.tm_yday && then.tm_year == today.tm_year ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
    plx_buffer_text(out, text);
}

/* "payment: paused since 12:03 by 127.0.0.1: a new build" */
static void
add_holds(struct listing *listing, struct plx_buffer *out, struct plx_item service)
{
    struct plx_item holds = plx_item_member(service, "holds");
    struct plx_slice name = plx_item_text(plx_item_member(service, "name"), listing->printer.arena);

    for (struct plx_item hold = plx_item_first(holds); hold.document; hold = plx_item_next(holds, hold)) {
        struct plx_slice kind = plx_item_text(plx_item_member(hold, "hold"), listing->printer.arena);
        bool back = plx_slice_equal(kind, plx_slice_of(plx_hold_text(PLX_HOLD_ROLLED_BACK)));

        plx_text_add(out, name, NAME_COLUMNS);
        plx_buffer_text(out, back ? ": rolled back since " : ": paused since ");
        add_moment(listing, out, plx_item_member(hold, "since"));
        add_who(listing, out, hold);
        plx_buffer_byte(out, '\n');
    }
}

/* "payment: set by command 5.00 s ago by 127.0.0.1: as agreed; the configuration says shadow" */
static void
add_note(struct listing *listing, struct plx_buffer *out, struct plx_item service)
{
    struct plx_item changed = plx_item_member(service, "changed");
    struct plx_item configured = plx_item_member(service, "configured");
    double share = plx_item_double(plx_item_member(configured, "share"));
    uint64_t age_ms = age_of(listing, plx_item_member(changed, "time"));

    if (!plx_item_is(changed, PLX_OBJECT))
        return;
    plx_text_add(out, plx_item_text(plx_item_member(service, "name"), listing->printer.arena), NAME_COLUMNS);
    plx_buffer_text(out, ": set by command ");
    if (age_ms)
        add_age(out, age_ms);
    else
        plx_buffer_text(out, "just now");
    add_who(listing, out, changed);
    plx_buffer_text(out, "; the configuration says ");
    plx_text_add(out, plx_item_text(plx_item_member(configured, "stage"), listing->printer.arena), NAME_COLUMNS);
    if (share > 0)
        plx_buffer_format(out, ", %g %%", share);
    if (!plx_item_true(plx_item_member(changed, "stored")))
        plx_buffer_text(out, ", and a restart goes back to that: it is not in a store");
    plx_buffer_byte(out, '\n');
}

/* "payment: the last answer of its primary that failed: protocol: values of Content-Length that differ" */
static void
add_failures(struct listing *listing, struct plx_buffer *out, struct plx_item service)
{
    struct plx_item roles = plx_item_member(service, "roles");

    for (struct plx_item key = plx_item_first_key(roles); key.document; key = plx_item_next_key(roles, key)) {
        struct plx_item last = plx_item_member(plx_item_value(key), "last_failure");
        struct plx_item detail = plx_item_member(last, "detail");
        if (!plx_item_is(detail, PLX_STRING))
            continue;
        plx_text_add(out, plx_item_text(plx_item_member(service, "name"), listing->printer.arena), NAME_COLUMNS);
        plx_buffer_text(out, ": the last answer of its ");
        plx_text_add(out, plx_item_text(key, listing->printer.arena), NAME_COLUMNS);
        plx_buffer_text(out, " that failed: ");
        plx_text_add(out, plx_item_text(plx_item_member(last, "reason"), listing->printer.arena), NAME_COLUMNS);
        plx_buffer_text(out, ": ");
        plx_text_add(out, plx_item_text(detail, listing->printer.arena), DETAIL_COLUMNS);
        plx_buffer_byte(out, '\n');
    }
}

/* ---- what is counted besides ---- */

static enum plx_style
verdict_style(struct plx_slice verdict)
{
    if (plx_slice_equal(verdict, plx_slice_of("regression")) || plx_slice_equal(verdict, plx_slice_of("different")))
        return PLX_RED;
    return plx_slice_equal(verdict, plx_slice_of("clean")) || plx_slice_equal(verdict, plx_slice_of("equal"))
               ? PLX_GREEN
               : PLX_YELLOW;
}

/* The names in an array: "a, b" */
static void
add_names(struct listing *listing, struct plx_buffer *out, struct plx_item names)
{
    const char *before = "";

    for (struct plx_item name = plx_item_first(names); name.document; name = plx_item_next(names, name)) {
        plx_buffer_text(out, before);
        plx_text_add(out, plx_item_text(name, listing->printer.arena), NAME_COLUMNS);
        before = ", ";
    }
}

/* A spy says whether the calls of both sides are equal. */
static struct plx_slice
verdict_of(struct listing *listing, struct plx_item item)
{
    struct plx_item equal = plx_item_member(item, "equal");

    if (equal.document)
        return plx_slice_of(plx_item_true(equal) ? "equal" : "different");
    return plx_item_text(plx_item_member(item, "verdict"), listing->printer.arena);
}

static void
add_other(struct listing *listing, struct plx_item item)
{
    struct plx_printer *printer = &listing->printer;
    struct plx_slice verdict = verdict_of(listing, item), runs, names, last;
    struct plx_item counts = plx_item_member(item, "exchanges"), told = plx_item_member(item, "runs");

    runs = plx_printer_number(printer, plx_item_uint(told.document ? told : plx_item_member(counts, "total")));
    add_names(listing, &printer->text, plx_item_member(item, "endpoints"));
    names = plx_printer_keep(printer);
    add_age(&printer->text, age_of(listing, plx_item_member(item, "last")));
    last = plx_printer_keep(printer);
    plx_grid_add(&listing->grid,
                 (struct plx_grid_cell[]){{plx_item_text(plx_item_member(item, "name"), printer->arena), PLX_BOLD},
                                          {runs, PLX_PLAIN},
                                          {verdict, verdict_style(verdict)},
                                          {names, PLX_PLAIN},
                                          {last, PLX_DIM}});
}

static void
print_others(struct listing *listing, const struct plx_words *words, struct plx_item list)
{
    static const struct plx_grid_column columns[] = {{.shrinks = true}, {.right = true}, {0}, {.shrinks = true}, {0}};

    if (plx_item_length(list) == 0)
        return;
    plx_grid_init(&listing->grid, listing->printer.arena, columns, PLX_COUNT(columns));
    plx_grid_add(&listing->grid, (struct plx_grid_cell[]){{plx_slice_of(plx_subject_text(words->kind)), PLX_DIM},
                                                          {plx_slice_of(words->runs), PLX_DIM},
                                                          {plx_slice_of("verdict"), PLX_DIM},
                                                          {plx_slice_of(words->endpoints), PLX_DIM},
                                                          {plx_slice_of("last"), PLX_DIM}});
    for (struct plx_item item = plx_item_first(list); item.document; item = plx_item_next(list, item))
        add_other(listing, item);
    plx_buffer_byte(listing->printer.terminal->out, '\n');
    plx_grid_print(&listing->grid, listing->printer.terminal, 0);
}

/* What is wrong with the store, a line each. */
static void
print_store(struct listing *listing, struct plx_item store)
{
    const struct plx_terminal *terminal = listing->printer.terminal;
    struct plx_item troubles = plx_item_member(store, "troubles");

    for (struct plx_item t = plx_item_first(troubles); t.document; t = plx_item_next(troubles, t)) {
        plx_terminal_write(terminal, PLX_RED, plx_slice_of("store"));
        plx_buffer_text(terminal->out, ": ");
        plx_text_add(terminal->out, plx_item_text(t, listing->printer.arena), STORE_COLUMNS);
        plx_buffer_byte(terminal->out, '\n');
    }
}

/* Names with which all is not well, a line each: "name new.example (candidate of payment): unknown, 12 of 12 look-ups
 * have failed; addresses: 0, 0 left out" */
static void
print_names(struct listing *listing, struct plx_item names)
{
    struct plx_buffer *out = listing->printer.terminal->out;

    for (struct plx_item name = plx_item_first(names); name.document; name = plx_item_next(names, name)) {
        struct plx_slice state = plx_item_text(plx_item_member(name, "state"), listing->printer.arena);
        uint64_t left_out = plx_item_uint(plx_item_member(name, "left_out"));
        bool known = plx_slice_equal(state, plx_slice_of("known"));
        if (known && left_out == 0)
            continue;
        plx_terminal_write(listing->printer.terminal, PLX_YELLOW, plx_slice_of("name"));
        plx_buffer_byte(out, ' ');
        plx_text_add(out, plx_item_text(plx_item_member(name, "name"), listing->printer.arena), HOST_COLUMNS);
        plx_buffer_text(out, " (");
        plx_text_add(out, plx_item_text(plx_item_member(name, "of"), listing->printer.arena), 2 * NAME_COLUMNS);
        plx_buffer_text(out, "): ");
        if (!known) {
            plx_text_add(out, state, NAME_COLUMNS);
            plx_buffer_format(out, ", %llu of %llu look-ups have failed; ",
                              (unsigned long long)plx_item_uint(plx_item_member(name, "failures")),
                              (unsigned long long)plx_item_uint(plx_item_member(name, "lookups")));
        }
        plx_buffer_format(out, "addresses: %llu, %llu left out\n",
                          (unsigned long long)plx_item_uint(plx_item_member(name, "addresses")),
                          (unsigned long long)left_out);
    }
}

enum plx_status
plx_services_print(const struct plx_terminal *terminal, const struct plx_document *document, uint64_t now_ms)
{
    struct plx_item root = plx_item_root(document), services = plx_item_member(root, "services");
    struct plx_arena *arena;
    struct listing listing = {.now_ms = now_ms};

    if (!plx_item_is(services, PLX_ARRAY))
        return PLX_E_SYNTAX;
    arena = plx_arena_new(NULL);
    if (!arena)
        return PLX_E_MEMORY;
    plx_printer_init(&listing.printer, terminal, arena);
    print_services(&listing, services);
    for (struct plx_item s = plx_item_first(services); s.document; s = plx_item_next(services, s)) {
        add_holds(&listing, terminal->out, s);
        add_note(&listing, terminal->out, s);
        add_failures(&listing, terminal->out, s);
    }
    print_store(&listing, plx_item_member(root, "store"));
    print_names(&listing, plx_item_member(root, "names"));
    for (size_t i = 1; i < PLX_WORDS_COUNT; i++)
        print_others(&listing, &plx_words[i], plx_item_member(root, plx_subject_plural(plx_words[i].kind)));
    plx_printer_fini(&listing.printer);
    plx_arena_free(arena);
    return terminal->out->failed ? PLX_E_MEMORY : PLX_OK;
}
