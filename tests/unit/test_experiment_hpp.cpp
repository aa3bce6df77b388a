/* SPDX-License-Identifier: Apache-2.0 */
/* parallax.hpp: lambdas, values and exceptions, and the control's reach the caller as they were. */
#include <parallax/parallax.hpp>

#include <atomic>
#include <csetjmp>
#include <cstdarg>
#include <thread>

extern "C" {
#include <cmocka.h>
}

namespace
{

constexpr std::uint32_t long_ms = 60000;

struct point {
    int x, y;
    bool operator==(const point &other) const
    {
        return x == other.x && y == other.y;
    }
};

struct seen {
    unsigned count = 0;
    enum plx_verdict verdict = PLX_INCOMPARABLE;
    enum plx_reason reason = PLX_REASON_NONE;
    std::string text, json;
};

template <class T>
void
watch(parallax::experiment<T> &experiment, seen &what)
{
    experiment.publish([&what](const plx_outcome &outcome) {
        char text[4096];
        what.count++;
        what.verdict = outcome.verdict;
        what.reason = outcome.candidates[0].reason;
        plx_outcome_text(&outcome, text, sizeof(text));
        what.text = text;
        plx_outcome_json(&outcome, text, sizeof(text));
        what.json = text;
    });
}

template <class T>
enum plx_verdict
verdict_of(const T &a, const T &b, enum plx_place place = PLX_ON_CALLER)
{
    parallax::experiment<T> experiment("values");
    seen what;

    watch(experiment, what);
    plx_place_limits limits = {};
    limits.deadline_ms = long_ms;
    experiment.run_on(place, limits);
    assert_true(experiment.run([a] { return a; }, [b] { return b; }) == a);
    assert_int_equal(experiment.drain(long_ms), PLX_OK);
    return what.verdict;
}

void
test_values_of_many_types_are_compared(void **)
{
    for (enum plx_place place : {PLX_ON_CALLER, PLX_ON_THREAD, PLX_ON_THREADS, PLX_IN_PROCESS}) {
        assert_int_equal(verdict_of<bool>(true, true, place), PLX_MATCH);
        assert_int_equal(verdict_of<bool>(true, false, place), PLX_MISMATCH);
        assert_int_equal(verdict_of<int>(-3, -3, place), PLX_MATCH);
        assert_int_equal(verdict_of<int>(-3, 3, place), PLX_MISMATCH);
        assert_int_equal(verdict_of<double>(0.5, 0.5, place), PLX_MATCH);
        assert_int_equal(verdict_of<double>(0.5, 0.25, place), PLX_MISMATCH);
        assert_int_equal(verdict_of<std::string>("a", "a", place), PLX_MATCH);
        assert_int_equal(verdict_of<std::string>("a", std::string("a\0", 2), place), PLX_MISMATCH);
        assert_int_equal(verdict_of<parallax::json>({"[1, 2]"}, {"[1,2.0]"}, place), PLX_MATCH);
        assert_int_equal(verdict_of<parallax::json>({"[1]"}, {"[2]"}, place), PLX_MISMATCH);
        assert_int_equal(verdict_of<point>({1, 2}, {1, 2}, place), PLX_MATCH);
        assert_int_equal(verdict_of<point>({1, 2}, {2, 1}, place), PLX_MISMATCH);
    }
    assert_int_equal(verdict_of<std::vector<int>>({1, 2}, {1, 2}, PLX_ON_THREAD), PLX_MATCH);
    assert_int_equal(verdict_of<std::vector<int>>({1, 2}, {2, 1}), PLX_MISMATCH);
    assert_int_equal(verdict_of<std::vector<int>>({1}, {1}, PLX_IN_PROCESS), PLX_INCOMPARABLE);
}

void
test_exceptions_of_candidates_are_recorded_and_swallowed(void **)
{
    parallax::experiment<int> experiment("exceptions");
    seen what;

    watch(experiment, what);
    assert_int_equal(experiment.run([] { return 1; }, []() -> int { throw std::runtime_error("boom"); }), 1);
    assert_int_equal(what.verdict, PLX_MISMATCH);
    assert_true(what.text.find("std::runtime_error: boom") != std::string::npos);
    assert_int_equal(experiment.run([] { return 1; }, []() -> int { throw 7; }), 1);
    assert_true(what.text.find("unknown exception") != std::string::npos);
}

void
test_the_controls_exception_is_thrown_as_it_was(void **)
{
    for (enum plx_place place : {PLX_ON_CALLER, PLX_ON_THREAD, PLX_ON_THREADS, PLX_IN_PROCESS}) {
        parallax::experiment<int> experiment("exceptions");
        seen what;
        bool caught = false;
        watch(experiment, what);
        experiment.run_on(place);
        try {
            experiment.run([]() -> int { throw std::out_of_range("control"); },
                           []() -> int { throw std::out_of_range("control"); });
        } catch (const std::out_of_range &error) {
            caught = std::string(error.what()) == "control";
        }
        assert_true(caught);
        assert_int_equal(experiment.drain(long_ms), PLX_OK);
        assert_int_equal(what.verdict, PLX_MATCH);
    }
}

void
test_callbacks_are_lambdas(void **)
{
    parallax::experiment<int> experiment("callbacks");
    std::vector<std::string> order;
    std::string operation, message;
    seen what;
    bool staff = false;

    watch(experiment, what);
    experiment.run_if([&] { return staff; })
        .enabled([] { return true; })
        .before_run([&] { order.push_back("before"); })
        .after_run([&](const plx_outcome &) { order.push_back("after"); })
        .compare([](const int &a, const int &b) { return a / 10 == b / 10; })
        .compare_errors([](const parallax::error &a, const parallax::error &b) { return a.code == b.code; })
        .ignore([](const int &, const int &candidate) -> bool {
            if (candidate == 99)
                throw std::runtime_error("can't say");
            return candidate == 50;
        })
        .clean([](const int &value) { return "<" + std::to_string(value) + ">"; })
        .context("widget", "7")
        .describe([] {
            return std::map<std::string, std::string>{{"user", "juablaz"}};
        })
        .raised([&](const std::string &what_failed, const std::string &why) {
            operation = what_failed;
            message = why;
        })
        .fabricate("control", 1000)
        .seed(1);
    auto run = [&](int a, int b) { return experiment.run([a] { return a; }, [b] { return b; }); };
    assert_int_equal(run(10, 20), 10);
    assert_int_equal(what.count, 0);
    staff = true;
    assert_int_equal(run(10, 19), 10);
    assert_int_equal(what.verdict, PLX_MATCH);
    assert_true((order == std::vector<std::string>{"before", "after"}));
    assert_true(what.json.find("{\"widget\":\"7\",\"user\":\"juablaz\"}") != std::string::npos);
    assert_true(what.json.find("\"value\":\"<10>\",\"wall\":1e-06") != std::string::npos);
    run(10, 50);
    assert_int_equal(what.verdict, PLX_IGNORED);
    run(10, 99);
    assert_int_equal(what.verdict, PLX_MISMATCH);
    assert_string_equal(operation.c_str(), "ignore");
    assert_string_equal(message.c_str(), "std::runtime_error: can't say");
    experiment.enable(0);
    run(10, 99);
    assert_int_equal(experiment.counts().runs, 3);
}

void
test_a_mismatch_can_be_thrown(void **)
{
    parallax::experiment<int> plain("mismatch"), own("mismatch");
    bool caught = false;

    plain.raise_on_mismatch();
    own.raise_on_mismatch([](const plx_outcome &outcome) { return std::string("my own: ") + outcome.experiment; });
    assert_int_equal(plain.run([] { return 1; }, [] { return 1; }), 1);
    try {
        plain.run([] { return 1; }, [] { return 2; });
    } catch (const parallax::mismatch &error) {
        caught = std::string(error.what()) == "experiment mismatch: mismatch\n  control: 1\n  candidate: 2 (mismatch)";
    }
    assert_true(caught);
    caught = false;
    try {
        own.run([] { return 1; }, [] { return 2; });
    } catch (const parallax::mismatch &error) {
        caught = std::string(error.what()) == "my own: mismatch";
    }
    assert_true(caught);
}

void
test_several_candidates_have_names_and_any_may_be_the_control(void **)
{
    parallax::experiment<int> experiment("several", {"api", "raw-sql"});
    std::vector<std::string> names;

    experiment.publish([&](const plx_outcome &outcome) {
        names = {outcome.control->name};
        for (std::size_t i = 0; i < outcome.candidate_count; i++)
            names.push_back(outcome.candidates[i].name);
    });
    assert_int_equal(experiment.run_as(
                         2, [] { return 1; }, [] { return 2; }, [] { return 3; }),
                     3);
    assert_true((names == std::vector<std::string>{"raw-sql", "control", "api"}));
    bool refused = false;
    try {
        experiment.run([] { return 1; });
    } catch (const std::out_of_range &) {
        refused = true;
    }
    assert_true(refused);
}

void
test_what_is_refused_is_thrown(void **)
{
    unsigned refused = 0;

    try {
        parallax::experiment<int> nameless("");
    } catch (const parallax::refused &why) {
        refused += why.status == PLX_E_ARGUMENT;
    }
    try {
        parallax::experiment<int> twice("twice", {"a", "a"});
    } catch (const parallax::refused &why) {
        refused += why.status == PLX_E_ARGUMENT;
    }
    try {
        parallax::experiment<int>("percent").enable(101);
    } catch (const parallax::refused &why) {
        refused += why.status == PLX_E_ARGUMENT;
    }
    assert_int_equal(refused, 3);
}

void
test_many_threads_run_one_experiment(void **)
{
    for (enum plx_place place : {PLX_ON_CALLER, PLX_ON_THREAD}) {
        parallax::experiment<std::string> experiment("crowd");
        std::vector<std::thread> threads;
        std::atomic<unsigned> published{0}, wrong{0};
        experiment.publish([&](const plx_outcome &) { published++; });
        experiment.run_on(place);
        for (int t = 0; t < 4; t++)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 200; i++) {
                    const std::string text = std::to_string(t) + "/" + std::to_string(i);
                    wrong += experiment.run([text] { return text; }, [text] { return text; }) != text;
                }
            });
        for (std::thread &thread : threads)
            thread.join();
        assert_int_equal(experiment.drain(long_ms), PLX_OK);
        assert_int_equal(wrong.load(), 0);
        assert_int_equal(published.load() + experiment.counts().shed, 800);
        assert_int_equal(experiment.counts().match, published.load());
    }
}

} // namespace

int
main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_values_of_many_types_are_compared),
        cmocka_unit_test(test_exceptions_of_candidates_are_recorded_and_swallowed),
        cmocka_unit_test(test_the_controls_exception_is_thrown_as_it_was),
        cmocka_unit_test(test_callbacks_are_lambdas),
        cmocka_unit_test(test_a_mismatch_can_be_thrown),
        cmocka_unit_test(test_several_candidates_have_names_and_any_may_be_the_control),
        cmocka_unit_test(test_what_is_refused_is_thrown),
        cmocka_unit_test(test_many_threads_run_one_experiment),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
