/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes one value out of texts: "[erased]" stands in its place. The value is found as it is, percent-encoded (twice,
 * too), form-encoded, with the escapes of JSON (also of a JSON string inside another) and the entities of XML, and in
 * base64 of any text that it stands in; its mark (marks.h) is found likewise. Letters are compared exactly.
 *
 * One pass, whose work for each byte is bounded. A value of which only the beginning is left, since what is kept was
 * cut there, is found where that are PLX_ERASE_CUT_MIN bytes.
 */
#ifndef PLX_SECRETS_ERASER_H
#define PLX_SECRETS_ERASER_H

#include "base/buffer.h"

#define PLX_ERASED           "[erased]"
#define PLX_ERASE_MIN        4u    /* bytes of a value: a shorter one stands everywhere by chance */
#define PLX_ERASE_MAX        4096u /* likewise */
#define PLX_ERASE_BASE64_MIN 6u    /* of one that is looked for in base64 */
#define PLX_ERASE_CUT_MIN    16u
#define PLX_ERASE_NUMBER_MIN 6u /* of one that is erased where it is a number of JSON */

struct plx_eraser;

/*
 * What the text is. PLX_ERASE_JSON stays JSON: strings alone are looked through, but for numbers that are the value,
 * which become the string; keys of nothing but a-z and _ are ours, and stay.
 */
enum plx_erase_text { PLX_ERASE_PLAIN, PLX_ERASE_JSON };

/* The mark is the one under the present key: plx_mark_set_key() comes before. PLX_E_ARGUMENT: the value is too short or
 * too long, or has a 0 in it; PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_eraser_new(struct plx_slice value, struct plx_eraser **eraser);
void plx_eraser_free(struct plx_eraser *eraser); /* NULL is fine */

/*
 * Writes the text without the value into the buffer, whose bytes it replaces, and returns at how many places that
 * stood; 0: the buffer is empty, and the text stays as it is. At most max bytes are written, or as many as the text
 * has where these are more: where "[erased]" makes it longer than that, nothing stands in its places.
 * No memory: the buffer has failed.
 */
size_t plx_erase(const struct plx_eraser *eraser, struct plx_slice text, enum plx_erase_text kind, size_t max,
                 struct plx_buffer *out);

#endif
