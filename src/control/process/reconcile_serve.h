/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax reconcile --serve`: jobs as their schedules say, and over HTTP when they are asked for.
 *
 *   loop's thread:  schedule ──┐                        ┌──> requests that wait are answered
 *                   request ───┴──> run is due ──> ... ─┤
 *   a pool's thread:                 one run of a job ──┘──> handed on, logged
 *
 * A run blocks a thread of libuv's pool and nothing else. There is one run of a job at a time. A request while one is
 * under way waits for the next one, which all share that come meanwhile: the one under way may have read the stores
 * before what the asker is asking about was written.
 */
#ifndef PLX_PROCESS_RECONCILE_SERVE_H
#define PLX_PROCESS_RECONCILE_SERVE_H

#include "control/process/served_jobs.h"

#define PLX_RECONCILE_WAIT_MS (3600u * 1000) /* that a request waits for its run; then 503 */

/* Until SIGTERM or SIGINT: runs that are under way end early, at a place from which the next start goes on. false: it
 * could not begin, and error (size bytes) says why. */
bool plx_reconcile_serve(const struct plx_reconcile_service *service, char *error, size_t size);

#endif
