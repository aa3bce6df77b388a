/* SPDX-License-Identifier: Apache-2.0 */
/* Services as the admin API tells of them, and changes of their stage and share, and of what holds them. */
#ifndef PLX_ADMIN_SERVICES_API_H
#define PLX_ADMIN_SERVICES_API_H

#include "control/admin/api_call.h"

plx_admin_handler plx_admin_get_services;
plx_admin_handler plx_admin_get_service;
plx_admin_handler plx_admin_put_stage;
plx_admin_handler plx_admin_post_rollback;
plx_admin_handler plx_admin_post_pause;
plx_admin_handler plx_admin_post_resume;

#endif
