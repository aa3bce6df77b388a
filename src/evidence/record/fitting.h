/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a text fits into so many bytes of JSON: the parts of a record are bounded as they will be written, with
 * their escapes, though that is done later and elsewhere.
 */
#ifndef PLX_RECORD_FITTING_H
#define PLX_RECORD_FITTING_H

#include <parallax/base.h>

#define PLX_FITTING_WORST 6u /* bytes of JSON that a byte takes at most */
#define PLX_FITTING_SLACK 4u /* bytes behind a budget that decide what fits: those of one character */

/* Bytes at the beginning of text whose JSON string takes at most budget bytes; whole characters, and none that is no
 * text. It is the same of text that was cut to budget + PLX_FITTING_SLACK bytes. */
size_t plx_fitting(struct plx_slice text, size_t budget);
/* Whether text takes at most *budget bytes as JSON, which are then taken from it. */
bool plx_fits(struct plx_slice text, size_t *budget);
/* No more of it than can decide what fits. */
struct plx_slice plx_fitting_cut(struct plx_slice text, size_t budget);

#endif
