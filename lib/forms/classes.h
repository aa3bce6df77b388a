/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of values: what is alike enough to tell of the code that wrote it, and unlike enough to tell two apart. For
 * stats/coin.h, which bets on whose class is whose.
 *
 *   null, true, false, words of an enumeration   each its own
 *   times      by how far they are from the primary's: 2 log2(1 + distance / floor), with its sign
 *   numbers    likewise, with a floor of 1
 *   other text by length (powers of 2) and by the characters in it; or "the same as this role's last one"
 *
 * A class is seen from the primary's value, so that what changes with each request cancels out.
 */
#ifndef PLX_FORMS_CLASSES_H
#define PLX_FORMS_CLASSES_H

#include <parallax/compare.h>

/*
 * The class of a value of the candidate or the secondary, never 0. Both as shown (plx_form_of()); empty: there is none.
 * last: the hash of this role's value of this field in an earlier exchange, 0 for none, replaced by this one's.
 * latency_ms: how much later or earlier than the primary's answers this role's are; times within four of it, and within
 * what their writing can show, are the same.
 */
uint32_t plx_class_of(struct plx_slice primary, struct plx_slice value, double latency_ms, uint64_t *last);

/*
 * Whether two values are what clocks may have said that were read while an exchange was under way: what a clock that
 * was asked later says is no difference. They must be times, written alike, differ by no more than four of late_ms or
 * than their writing can show, and lie at the exchange's own time: a time that was kept is another one where it
 * differs. late_ms: what lies between the moments of two readings, at most. begun_ms: when the exchange began, since
 * the epoch, or up to a second before.
 */
bool plx_class_is_same_time(struct plx_slice primary, struct plx_slice value, double late_ms, double begun_ms);

/* What a class says, for people: "an hour later", "always the same text". The buffer is ended. */
#define PLX_CLASS_TEXT_MAX 64u
void plx_class_text(uint32_t id, char text[PLX_CLASS_TEXT_MAX]);

#endif
