/* SPDX-License-Identifier: Apache-2.0 */
/* The same experiment in C++, with lambdas and exceptions: see cart.c. */
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <parallax/parallax.hpp>
#include <string>
#include <vector>

struct cart {
    std::string user;
    std::vector<long> prices; /* in cents */
    long voucher = 0;
    bool staff = false;
};

static long
add_up(const cart &cart)
{
    if (cart.prices.empty())
        throw std::runtime_error("the cart is empty");
    return std::accumulate(cart.prices.begin(), cart.prices.end(), 0L);
}

static long
total_of(parallax::experiment<long> &totals, const cart &cart)
{
    return totals.run([&] { return std::max(add_up(cart) - cart.voucher, 0L); },
                      [&] { return add_up(cart) - cart.voucher; });
}

int
main()
{
    const std::vector<cart> carts = {
        {"ana", {1999, 250}}, {"juablaz", {32000}, 500}, {"luis", {1000, 500}, 2000}, {"eva", {100}, 2000, true},
        {"nobody", {}},
    };
    parallax::experiment<long> totals("cart-total");
    const cart *current = nullptr;

    totals.ignore([&](const long &, const long &) { return current->staff; })
        .describe([&] {
            return std::map<std::string, std::string>{{"user", current->user}};
        })
        .publish([](const plx_outcome &outcome) {
            char text[1024];
            if (outcome.verdict == PLX_MISMATCH && plx_outcome_text(&outcome, text, sizeof(text)) > 0)
                std::printf("%s\n", text);
        });
    for (const cart &cart : carts) {
        current = &cart;
        try {
            const long total = total_of(totals, cart);
            std::printf("%s pays %ld.%02ld\n", cart.user.c_str(), total / 100, total % 100);
        } catch (const std::runtime_error &error) {
            std::printf("%s: %s\n", cart.user.c_str(), error.what());
        }
    }
    const plx_run_counts counts = totals.counts();
    std::printf("%llu runs: %llu match, %llu mismatch, %llu ignored\n", static_cast<unsigned long long>(counts.runs),
                static_cast<unsigned long long>(counts.match), static_cast<unsigned long long>(counts.mismatch),
                static_cast<unsigned long long>(counts.ignored));
}
