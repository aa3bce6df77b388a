/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the dashboard, which ui/embed.py puts into the program. They hold no data; the page asks the API. */
#ifndef PLX_ADMIN_DASHBOARD_H
#define PLX_ADMIN_DASHBOARD_H

#include "control/admin/api_call.h"

extern const struct plx_slice plx_ui_dashboard_html, plx_ui_dashboard_css, plx_ui_dashboard_js, plx_ui_facts_js;

/* Whether an Accept header's value names HTML, as those of browsers do. */
bool plx_dashboard_wanted(struct plx_slice accept);

plx_admin_handler plx_admin_get_dashboard;
plx_admin_handler plx_admin_get_dashboard_css;
plx_admin_handler plx_admin_get_dashboard_js;
plx_admin_handler plx_admin_get_facts_js;

#endif
