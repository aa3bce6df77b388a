/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/net/descriptors.h"

#include <dirent.h>
#include <sys/resource.h>

#define ADMIN_MIN 4u

uint32_t
plx_descriptors_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024; /* what most systems begin with */
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)!setrlimit(RLIMIT_NOFILE, &limit);
        (void)!getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur > PLX_DESCRIPTORS_MAX ? PLX_DESCRIPTORS_MAX : (uint32_t)limit.rlim_cur;
}

uint32_t
plx_descriptors_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint32_t count = 0;

    if (!folder)
        return 32;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder's own */
}

uint32_t
plx_descriptors_admin(uint32_t limit, uint32_t wanted)
{
    uint32_t part = limit / 8;

    if (part > wanted)
        return wanted;
    return part < ADMIN_MIN ? ADMIN_MIN : part;
}
