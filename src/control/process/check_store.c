/* SPDX-License-Identifier: Apache-2.0 */
#include "control/process/check_store.h"

#include "evidence/store/store.h"

#include <stdio.h>

bool
plx_process_check_store(const struct plx_config *config)
{
    char text[PLX_STORE_TROUBLE_MAX];
    enum plx_store_check found = config->store ? plx_store_check(config->store, text, sizeof(text)) : PLX_STORE_FINE;

    if (found == PLX_STORE_UNKNOWN)
        fprintf(stderr, "parallax check: note: %s\n", text);
    else if (found == PLX_STORE_UNFIT)
        fprintf(stderr, "parallax check: %s\n", text);
    return found != PLX_STORE_UNFIT;
}
