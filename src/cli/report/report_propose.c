/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax report --propose`: YAML with the rules that the proxy proposes. A rule stands in the narrowest place: below
 * the route of its endpoint, or below the service where several endpoints have the field and all of them propose the
 * same. Routes with fewer placeholders come first, since the first one that matches is taken.
 */
#include "cli/report/report_propose.h"

#include "base/assert.h"
#include "evidence/findings/propose.h"

static const enum plx_rule_kind groups[] = {PLX_RULE_MATCH, PLX_RULE_IGNORE, PLX_RULE_IGNORE_HEADER};

/* ---- what is proposed where ---- */

static bool
proposal_of(const struct plx_report_field *field, struct plx_proposal *proposal)
{
    return field->proposed && plx_proposal_make(field->name, field->form, proposal);
}

/* The field as one of an endpoint's values; NULL where it has no differences there. */
static const struct plx_report_field *
find_field(const struct plx_report_endpoint *endpoint, struct plx_slice name)
{
    const struct plx_report_field *found = NULL;

    for (size_t i = 0; i < endpoint->field_count; i++)
        if (plx_slice_equal(endpoint->fields[i].name, name) && (!found || endpoint->fields[i].proposed))
            found = &endpoint->fields[i];
    return found;
}

/* Of a field: in how many endpoints it differs, and its differences in all of them. */
struct spread {
    size_t endpoints;
    uint64_t differences, formed;
    bool agreed; /* all of them propose the same */
};

static struct spread
spread_of(const struct plx_report_service *service, const struct plx_report_field *field)
{
    struct spread spread = {.agreed = true};

    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct plx_report_field *other = find_field(&service->endpoints[i], field->name);

        if (!other)
            continue;
        spread.endpoints++;
        spread.differences += other->differences;
        spread.formed += other->formed;
        spread.agreed = spread.agreed && other->proposed && other->form == field->form;
    }
    return spread;
}

static bool
is_for_service(const struct plx_report_service *service, const struct plx_report_field *field)
{
    struct spread spread = spread_of(service, field);

    return spread.agreed && spread.endpoints > 1;
}

/* The first endpoint that proposes it speaks for all. */
static bool
is_first_of_service(const struct plx_report_service *service, const struct plx_report_endpoint *endpoint,
                    const struct plx_report_field *field)
{
    for (const struct plx_report_endpoint *e = service->endpoints; e < endpoint; e++)
        if (find_field(e, field->name))
            return false;
    return is_for_service(service, field);
}

/* Braces are whole segments, as {id} is: those that a client sent can't stand in a route. */
static bool
braces_fit(const char *at, const char *end)
{
    for (const char *brace = at; brace < end; brace++) {
        bool opens = *brace == '{', closes = *brace == '}';

        if ((opens && (brace[-1] != '/' || end - brace < 4 || memcmp(brace, "{id}", 4) != 0)) ||
            (closes && (brace - at < 4 || memcmp(brace - 3, "{id}", 4) != 0 || (brace + 1 < end && brace[1] != '/'))))
            return false;
    }
    return true;
}

/* "METHOD /path": an endpoint that was not named by a route's `endpoint:`. */
static bool
is_route(struct plx_slice endpoint)
{
    const char *space = endpoint.len ? memchr(endpoint.ptr, ' ', endpoint.len) : NULL;
    size_t at = space ? (size_t)(space - endpoint.ptr) + 1 : 0;

    if (at < 2 || at == endpoint.len || endpoint.ptr[at] != '/')
        return false;
    if (!braces_fit(endpoint.ptr + at, endpoint.ptr + endpoint.len))
        return false;
    for (size_t i = 0; i + 1 < at; i++)
        if (endpoint.ptr[i] < 'A' || endpoint.ptr[i] > 'Z')
            return false;
    for (; at < endpoint.len; at++)
        if (endpoint.ptr[at] <= ' ' || endpoint.ptr[at] >= 0x7F || strchr("?#*", endpoint.ptr[at]))
            return false;
    return true;
}

static bool
is_safe(struct plx_slice endpoint)
{
    static const char *const methods[] = {"GET ", "HEAD ", "OPTIONS "};

    for (size_t i = 0; i < PLX_COUNT(methods); i++)
        if (endpoint.len > strlen(methods[i]) && memcmp(endpoint.ptr, methods[i], strlen(methods[i])) == 0)
            return true;
    return false;
}

static bool
has_own_proposals(const struct plx_report_service *service, const struct plx_report_endpoint *endpoint)
{
    struct plx_proposal proposal;

    for (size_t i = 0; i < endpoint->field_count; i++)
        if (proposal_of(&endpoint->fields[i], &proposal) && !is_for_service(service, &endpoint->fields[i]))
            return true;
    return false;
}

/* ---- writing ---- */

struct place {
    struct plx_buffer *out;
    const struct plx_report_service *service;
    const struct plx_report_endpoint *endpoint; /* NULL: the service's own rules */
    const char *indent;
};

static bool
belongs(const struct place *place, const struct plx_report_endpoint *endpoint, const struct plx_report_field *field)
{
    if (place->endpoint)
        return place->endpoint == endpoint && !is_for_service(place->service, field);
    return is_first_of_service(place->service, endpoint, field);
}

static void
write_rule(const struct place *place, const struct plx_report_field *field, const struct plx_proposal *proposal)
{
    struct plx_buffer *out = place->out;
    struct spread spread = {.differences = field->differences, .formed = field->formed};

    if (!place->endpoint)
        spread = spread_of(place->service, field);
    plx_buffer_format(out, "%s    # %llu of %llu differences", place->indent, (unsigned long long)spread.formed,
                      (unsigned long long)spread.differences);
    if (!place->endpoint)
        plx_buffer_format(out, " in %zu endpoints", spread.endpoints);
    plx_buffer_format(out, ": both sides are %s\n%s    %s", plx_form_words(field->form), place->indent,
                      proposal->rule == PLX_RULE_MATCH ? "" : "- ");
    plx_proposal_write_entry(proposal, out);
    plx_buffer_byte(out, '\n');
}

/* `match:` and the like below `compare:`; each group where it has rules. */
static void
write_groups(const struct place *place)
{
    bool any = false;

    for (size_t g = 0; g < PLX_COUNT(groups); g++) {
        bool opened = false;

        for (size_t i = 0; i < place->service->endpoint_count; i++) {
            const struct plx_report_endpoint *endpoint = &place->service->endpoints[i];

            for (size_t j = 0; j < endpoint->field_count; j++) {
                struct plx_proposal proposal;

                if (!proposal_of(&endpoint->fields[j], &proposal) || proposal.rule != groups[g] ||
                    !belongs(place, endpoint, &endpoint->fields[j]))
                    continue;
                if (!any)
                    plx_buffer_format(place->out, "%scompare:\n", place->indent);
                if (!opened)
                    plx_buffer_format(place->out, "%s  %s:\n", place->indent, plx_rule_kind_text(groups[g]));
                any = opened = true;
                write_rule(place, &endpoint->fields[j], &proposal);
            }
        }
    }
}

static size_t
count_placeholders(struct plx_slice endpoint)
{
    size_t count = 0;

    for (size_t i = 0; i < endpoint.len; i++)
        count += endpoint.ptr[i] == '{';
    return count;
}

static void
write_route(struct plx_buffer *out, const struct plx_report_service *service,
            const struct plx_report_endpoint *endpoint)
{
    if (!is_safe(endpoint->name))
        plx_buffer_text(out, "      # it is copied by a route of yours: put its compare: there\n");
    plx_buffer_text(out, "      - match: ");
    plx_yaml_write(endpoint->name, out);
    plx_buffer_byte(out, '\n');
    write_groups(&(struct place){out, service, endpoint, "        "});
}

/* By placeholders: there are at most as many as an endpoint's name has room for. */
static void
write_routes(struct plx_buffer *out, const struct plx_report_service *service)
{
    bool begun = false;

    for (size_t placeholders = 0; placeholders <= PLX_ENDPOINT_MAX; placeholders++) {
        for (size_t i = 0; i < service->endpoint_count; i++) {
            const struct plx_report_endpoint *endpoint = &service->endpoints[i];

            if (!is_route(endpoint->name) || count_placeholders(endpoint->name) != placeholders ||
                !has_own_proposals(service, endpoint))
                continue;
            if (!begun)
                plx_buffer_text(out, "    # where a route of yours matches first, put the compare: below that one\n"
                                     "    routes:\n");
            begun = true;
            write_route(out, service, endpoint);
        }
    }
}

/* Endpoints that only the configuration knows the route of: as comments. */
static void
write_named_endpoints(struct plx_buffer *out, const struct plx_report_service *service)
{
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct plx_report_endpoint *endpoint = &service->endpoints[i];

        if (is_route(endpoint->name) || !has_own_proposals(service, endpoint))
            continue;
        plx_buffer_text(out, "    # below compare: of the route whose endpoint is ");
        plx_yaml_write(endpoint->name, out);
        plx_buffer_text(out, ":\n");
        for (size_t j = 0; j < endpoint->field_count; j++) {
            struct plx_proposal proposal;

            if (!proposal_of(&endpoint->fields[j], &proposal) || is_for_service(service, &endpoint->fields[j]))
                continue;
            plx_buffer_text(out, "    #   ");
            plx_proposal_write(&proposal, out);
            plx_buffer_byte(out, '\n');
        }
    }
}

static bool
has_proposals(const struct plx_report_service *service)
{
    struct plx_proposal proposal;

    for (size_t i = 0; i < service->endpoint_count; i++)
        for (size_t j = 0; j < service->endpoints[i].field_count; j++)
            if (proposal_of(&service->endpoints[i].fields[j], &proposal))
                return true;
    return false;
}

static void
write_service(struct plx_buffer *out, const struct plx_report_service *service)
{
    plx_buffer_text(out, "  - name: ");
    plx_yaml_write(service->name, out);
    plx_buffer_byte(out, '\n');
    write_groups(&(struct place){out, service, NULL, "    "});
    write_routes(out, service);
    write_named_endpoints(out, service);
}

void
plx_report_write_proposals(struct plx_buffer *out, const struct plx_report *report)
{
    bool any = false;

    for (size_t i = 0; i < report->count; i++) {
        /* An experiment's rules are in its program. */
        if (report->services[i].words->kind != PLX_SUBJECT_SERVICE || !has_proposals(&report->services[i]))
            continue;
        if (!any)
            plx_buffer_text(
                out, "# Rules for what is new in each answer and has one form on both sides. They excuse nothing until "
                     "they stand\n# in the configuration: read them, and merge them into the services that they "
                     "name.\nservices:\n");
        any = true;
        write_service(out, &report->services[i]);
    }
    if (!any)
        plx_buffer_text(
            out, "# Nothing to propose: no field differs in values of one known form that are new in each answer.\n");
}
