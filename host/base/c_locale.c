/* SPDX-License-Identifier: MIT */
#include "base/c_locale.h"

locale_t rnn_c_locale_enter(void)
{
    /* (locale_t)0, for lack of memory: uselocale then changes nothing */
    return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

void rnn_c_locale_leave(locale_t before)
{
    const locale_t ours = uselocale(before);
    if (ours != before)
        freelocale(ours);
}
