/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax diff` compares as the JSON that it stands for: CSV with a line of names, and YAML. */
#ifndef PLX_COMMAND_DIFF_TABLES_H
#define PLX_COMMAND_DIFF_TABLES_H

#include "base/buffer.h"

/* A place in the text, from 1, and what is wrong there; line 0: nothing is, or there is no memory. */
struct plx_diff_fault {
    unsigned line, column;
    char what[160];
};

/*
 * An array of the rows, each an object of strings by the names in the first line. The delimiter is the one of comma,
 * semicolon and tab that stands most often in that line. False: a row has more or fewer fields, or a quote has no end.
 */
bool plx_diff_csv_write_json(struct plx_slice text, struct plx_buffer *out, struct plx_diff_fault *fault);
/*
 * By the core schema of YAML 1.2: null, true, numbers; what is quoted is a string, and so are .inf and .nan. An alias
 * is the value that it names once more; `<<` is a member like any other. Several documents are an array.
 */
bool plx_diff_yaml_write_json(struct plx_slice text, struct plx_buffer *out, struct plx_diff_fault *fault);

#endif
