/* SPDX-License-Identifier: Apache-2.0 */
/* The one check of who asks, with its two answers; what it goes by is in access.h. */
#include "control/admin/may_ask.h"

#include "control/admin/access.h"

bool
plx_admin_may_ask(const char *who, const char *token, const struct plx_admin_request *request,
                  struct plx_admin_answer *answer)
{
    if (token) {
        if (plx_access_token_fits(request->authorization, token))
            return true;
        plx_admin_fail(answer, 401, "unauthorized", "%s asks for its token: Authorization: Bearer TOKEN", who);
        return false;
    }
    if (plx_access_host_is_local(request->host))
        return true;
    plx_admin_fail(answer, 403, "foreign_host",
                   "without a token %s answers only to addresses, localhost and names without dots, not to '%.*s'", who,
                   PLX_ADMIN_SHOWN(request->host));
    return false;
}
