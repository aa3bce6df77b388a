/* SPDX-License-Identifier: Apache-2.0 */
/* POST /api/v1/reconciliations. A result that is sent twice is counted once there. */
#include "cli/client/reconcile_post.h"

#include "cli/client/client.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS       10000
#define ANSWER_BYTES_MAX (1u << 20)
#define TARGET           "/api/v1/reconciliations"

static bool
send_text(struct plx_client *client, const char *admin, struct plx_slice body, char *error, size_t size)
{
    struct plx_client_answer answer = {0};
    enum plx_status status = plx_client_request(
        client, "POST", TARGET, plx_slice_of("Content-Type: application/json\r\n"), body, ANSWER_BYTES_MAX, &answer);

    if (status != PLX_OK)
        snprintf(error, size, "the result could not be sent to %s: %s; is `parallax run` there?", admin,
                 plx_status_text(status));
    else if (answer.status == 401 || answer.status == 403)
        snprintf(error, size,
                 "the proxy at %s asks for %s token; set PARALLAX_TOKEN to the one that its configuration has", admin,
                 getenv("PARALLAX_TOKEN") ? "another" : "a");
    else if (answer.status != 200)
        snprintf(error, size, "the proxy at %s did not take the result, with a %d: %.*s", admin, answer.status,
                 (int)(answer.body.len < 300 ? answer.body.len : 300), answer.body.len ? answer.body.ptr : "");
    return status == PLX_OK && answer.status == 200;
}

bool
plx_reconcile_post(const char *admin, const struct plx_reconciliation *result, char *error, size_t size)
{
    const char *token = getenv("PARALLAX_TOKEN");
    char wrong[200];
    struct plx_client *client = plx_client_new(admin, TIMEOUT_MS, wrong, sizeof(wrong));
    struct plx_json_writer json;
    struct plx_buffer body;
    bool sent = false;

    if (!client) {
        snprintf(error, size, "'%s' is no admin address: %s; it should look like http://127.0.0.1:9900", admin, wrong);
        return false;
    }
    if (token && *token)
        plx_client_set_token(client, token);
    plx_buffer_init(&body, 2u * PLX_RECONCILIATION_POST_MAX);
    plx_json_writer_init(&json, &body);
    plx_reconciliation_write(result, &json);
    if (body.failed)
        snprintf(error, size, "out of memory");
    else
        sent = send_text(client, admin, plx_buffer_slice(&body), error, size);
    plx_buffer_fini(&body);
    plx_client_free(client);
    return sent;
}
