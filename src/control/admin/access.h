/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: the token, and where there is none, protection against DNS rebinding. */
#ifndef PLX_ADMIN_ACCESS_H
#define PLX_ADMIN_ACCESS_H

#include <parallax/base.h>

/* Whether an Authorization header's value carries the token; takes as long for a wrong one as for the right one. */
bool plx_access_token_fits(struct plx_slice authorization, const char *token);
/*
 * Whether a Host is one that no page of a foreign site can be loaded under: an address, localhost, a name below
 * localhost or one without dots. A browser that was lured to a name of the attacker's, which then resolves to our
 * address, sends that name. An empty Host comes from no browser.
 */
bool plx_access_host_is_local(struct plx_slice host);
/* Whether a Sec-Fetch-Site (W3C Fetch Metadata) is of a page of ours, of none, or there is none. */
bool plx_access_site_is_own(struct plx_slice fetch_site);
/* Whether an Origin (RFC 6454, 7: SCHEME://HOST[:PORT]) is a page of this Host's own. */
bool plx_access_origin_is_host(struct plx_slice origin, struct plx_slice host);

#endif
