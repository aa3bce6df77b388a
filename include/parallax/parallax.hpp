/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Experiments for C++17: experiment.h with lambdas, values and exceptions. Header only; link with libparallax.
 *
 *   parallax::experiment<double> totals("cart-total");                         once, for all threads
 *   totals.publish([](const plx_outcome &outcome) { ... });
 *
 *   double total = totals.run([&] { return old_total(cart); }, [&] { return new_total(cart); });
 *
 * run() returns what the first one, the control, returns, and throws what it throws. What candidates throw is recorded.
 * A value is compared with ==; bool, numbers, std::string and parallax::json are known to the library as what they are,
 * anything else is an object: it must be copyable and comparable, is shown where << can write it, and comes back from a
 * process where it is trivially copyable. Where candidates run elsewhere than on the caller's thread, capture by value:
 * they may outlive the call.
 *
 * Settings are made before the first run, by one thread. They throw parallax::refused.
 */
#ifndef PARALLAX_PARALLAX_HPP
#define PARALLAX_PARALLAX_HPP

#include <parallax/experiment.h>

#include <array>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>
#if defined(__GNUC__)
#include <cxxabi.h>
#endif

namespace parallax
{

/* A setting that was refused, or an experiment that can't be made. */
class refused : public std::invalid_argument
{
  public:
    explicit refused(enum plx_status why) : std::invalid_argument(plx_status_text(why)), status(why)
    {
    }
    const enum plx_status status;
};

/* Thrown by run() after raise_on_mismatch(). */
class mismatch : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/* JSON text: compared by its meaning, under the experiment's rules. */
struct json {
    std::string text;
    friend bool operator==(const json &a, const json &b)
    {
        return a.text == b.text;
    }
};

namespace detail
{

/* ---- errors ---- */

inline std::string
name_of(const std::type_info &type)
{
#if defined(__GNUC__)
    int failed = 0;
    std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed),
                                                     std::free);
    if (failed == 0 && name)
        return name.get();
#endif
    return type.name();
}

/* What the callback that has just failed on this thread said. */
inline std::string &
last_words()
{
    static thread_local std::string words;
    return words;
}

inline std::string &
raised_mismatch()
{
    static thread_local std::string text;
    return text;
}

/* Calls with the code and text of the exception that is being handled. */
template <class Use>
void
describe_exception(Use &&use) noexcept
{
    try {
        try {
            throw;
        } catch (const std::system_error &error) {
            use(error.code().value(), (name_of(typeid(error)) + ": " + error.what()).c_str());
        } catch (const std::exception &error) {
            use(1, (name_of(typeid(error)) + ": " + error.what()).c_str());
        } catch (...) {
            use(1, "unknown exception");
        }
    } catch (...) {
        use(1, "exception");
    }
}

/* What a callback answers that has thrown; last_words() has the rest. */
inline constexpr int threw = INT_MIN;

/* A callback's answer; an exception is "could not tell". */
template <class Call>
int
guarded(Call &&call) noexcept
{
    try {
        return call();
    } catch (...) {
        describe_exception([](int, const char *text) {
            try {
                last_words() = text;
            } catch (...) {
            }
        });
        return threw;
    }
}

/* ---- values ---- */

template <class T, class = void> struct is_shown : std::false_type {
};
template <class T>
struct is_shown<T, std::void_t<decltype(std::declval<std::ostream &>() << std::declval<const T &>())>>
    : std::true_type {
};

/* T as one of the embedder's objects. */
template <class T> struct object {
    static constexpr bool packs = std::is_trivially_copyable_v<T> && alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;

    static int equal(const void *a, const void *b)
    {
        return guarded([&] { return *static_cast<const T *>(a) == *static_cast<const T *>(b) ? 1 : 0; });
    }
    static void release(void *value)
    {
        delete static_cast<T *>(value);
    }
    static void *copy(const void *value)
    {
        try {
            return new T(*static_cast<const T *>(value));
        } catch (...) {
            return nullptr;
        }
    }
    static std::size_t pack(const void *value, char *into, std::size_t size)
    {
        if constexpr (packs) {
            if (size >= sizeof(T))
                std::memcpy(into, value, sizeof(T));
            return sizeof(T);
        } else {
            return 0;
        }
    }
    static void *unpack(const void *bytes, std::size_t len)
    {
        if constexpr (packs) {
            void *value = len == sizeof(T) ? ::operator new(sizeof(T), std::nothrow) : nullptr;
            if (value)
                std::memcpy(value, bytes, len);
            return value;
        } else {
            return nullptr;
        }
    }
    static std::size_t show(const void *value, char *into, std::size_t size)
    {
        if constexpr (is_shown<T>::value) {
            try {
                std::ostringstream out;
                out << *static_cast<const T *>(value);
                const std::string text = out.str();
                if (size > 0) {
                    const std::size_t shown = text.size() < size ? text.size() : size - 1;
                    std::memcpy(into, text.data(), shown);
                    into[shown] = '\0';
                }
                return text.size();
            } catch (...) {
            }
        }
        return 0;
    }
    static const plx_object_type *type()
    {
        static const plx_object_type all = {equal, release, copy, packs ? pack : nullptr, packs ? unpack : nullptr,
                                            show};
        return &all;
    }
};

/* How a T goes into a result - whose bytes it borrows, or which has its own - and how it is read from one. */
template <class T>
inline constexpr bool is_scalar = std::is_same_v<T, bool> || std::is_integral_v<T> || std::is_floating_point_v<T>;

template <class T>
void
put(plx_result *result, const T &value, bool borrowed)
{
    if constexpr (std::is_same_v<T, bool>) {
        plx_result_bool(result, value);
    } else if constexpr (std::is_integral_v<T>) {
        plx_result_int(result, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
        plx_result_double(result, static_cast<double>(value));
    } else if constexpr (std::is_same_v<T, std::string>) {
        plx_result_bytes(result, value.data(), value.size(), borrowed ? PLX_BORROW : PLX_COPY);
        if (result->kind == PLX_RESULT_BYTES)
            result->kind = PLX_RESULT_TEXT;
    } else if constexpr (std::is_same_v<T, json>) {
        plx_result_bytes(result, value.text.data(), value.text.size(), borrowed ? PLX_BORROW : PLX_COPY);
        if (result->kind == PLX_RESULT_BYTES)
            result->kind = PLX_RESULT_JSON;
    } else {
        plx_result_object(result, borrowed ? const_cast<T *>(&value) : new T(value));
    }
}

template <class T>
decltype(auto)
get(const plx_result *result)
{
    if constexpr (std::is_same_v<T, bool>)
        return result->boolean;
    else if constexpr (std::is_integral_v<T>)
        return static_cast<T>(result->integer);
    else if constexpr (std::is_floating_point_v<T>)
        return static_cast<T>(result->number);
    else if constexpr (std::is_same_v<T, std::string>)
        return std::string(result->bytes.ptr, result->bytes.len);
    else if constexpr (std::is_same_v<T, json>)
        return json{std::string(result->bytes.ptr, result->bytes.len)};
    else
        return *static_cast<const T *>(result->object);
}

/* ---- one run's calls ---- */

template <class T> struct calls {
    std::array<std::function<T()>, PLX_BEHAVIOURS_MAX> functions;
    std::size_t control = 0;
    /* Of the control: it is the caller's, and the library only looks at it. */
    std::optional<T> value;
    std::exception_ptr exception;
};

/* The input of a run is a pointer to this; a copy of it shares the calls. */
template <class T> struct input {
    std::shared_ptr<calls<T>> shared;
    calls<T> *own = nullptr;
};

template <class T>
void
call(void *argument, plx_result *result, std::size_t slot) noexcept
{
    calls<T> &all = *static_cast<input<T> *>(argument)->own;

    try {
        if (slot == all.control) {
            all.value.emplace(all.functions[slot]());
            put<T>(result, *all.value, true);
        } else {
            put<T>(result, all.functions[slot](), false);
        }
    } catch (...) {
        if (slot == all.control)
            all.exception = std::current_exception();
        describe_exception([&](int code, const char *text) { plx_result_error(result, code, "%s", text); });
    }
}

template <class T, std::size_t slot>
void
behave(void *argument, plx_result *result)
{
    call<T>(argument, result, slot);
}

template <class T, std::size_t... slots>
constexpr std::array<plx_behaviour_fn *, sizeof...(slots)>
all_behaviours(std::index_sequence<slots...>)
{
    return {behave<T, slots>...};
}

} // namespace detail

/* An error of both sides, as compare_errors() sees it. */
struct error {
    int code;
    std::string text; /* the exception's type and what() */
};

template <class T> class experiment
{
    static_assert(!std::is_reference_v<T> && !std::is_void_v<T>, "an experiment compares values");

  public:
    /* name, and the candidates' names in the order in which run() is given them. */
    explicit experiment(const std::string &name, const std::vector<std::string> &candidates = {"candidate"})
        : experiment_(plx_experiment_new(name.c_str(), nullptr), plx_experiment_free), names_{"control"}
    {
        if (!experiment_)
            throw refused(name.empty() || name.size() >= PLX_EXPERIMENT_NAME_MAX ? PLX_E_ARGUMENT : PLX_E_MEMORY);
        names_.insert(names_.end(), candidates.begin(), candidates.end());
        for (std::size_t i = 0; i < names_.size(); i++)
            check(i < PLX_BEHAVIOURS_MAX ? plx_experiment_try(c(), names_[i].c_str(), behaviours()[i]) : PLX_E_LIMIT);
        if constexpr (!detail::is_scalar<T> && !std::is_same_v<T, std::string> && !std::is_same_v<T, json>)
            check(plx_experiment_objects(c(), detail::object<T>::type()));
    }

    /*
     * Runs the control and, where the experiment runs, the candidates: as many functions as the experiment has names.
     * Returns what the control returned.
     */
    template <class Control, class... Candidates> T run(Control &&control, Candidates &&...candidates)
    {
        return run_as(0, std::forward<Control>(control), std::forward<Candidates>(candidates)...);
    }
    /* The same with the function at this position (0: the first one) as control. */
    template <class... Functions> T run_as(std::size_t control, Functions &&...functions)
    {
        static_assert(sizeof...(Functions) > 0 && sizeof...(Functions) <= PLX_BEHAVIOURS_MAX, "1 to 8 functions");
        detail::input<T> input;
        detail::calls<T> here;

        if (control >= sizeof...(Functions) || sizeof...(Functions) != names_.size())
            throw std::out_of_range("an experiment runs as many functions as it has names");
        if (place_ == PLX_ON_CALLER) {
            here.functions = {std::function<T()>(std::ref(functions))...};
            input.own = &here;
        } else {
            input.shared = std::make_shared<detail::calls<T>>();
            input.shared->functions = {std::function<T()>(functions)...};
            input.own = input.shared.get();
        }
        return run_calls(control, input);
    }

    /* ---- settings: see the functions of the same names in experiment.h ---- */

    experiment &enable(double percent)
    {
        return check(plx_experiment_enable(c(), percent));
    }
    experiment &enabled(std::function<bool()> asked)
    {
        enabled_ = std::move(asked);
        return check(plx_experiment_enabled(c(), ask, &enabled_));
    }
    experiment &run_if(std::function<bool()> asked)
    {
        run_if_ = std::move(asked);
        return check(plx_experiment_run_if(c(), ask, &run_if_));
    }
    experiment &before_run(std::function<void()> called)
    {
        before_run_ = std::move(called);
        return check(plx_experiment_before_run(
            c(),
            [](void *context, void *) {
                return detail::guarded([&] { return (*static_cast<std::function<void()> *>(context))(), 0; });
            },
            &before_run_));
    }
    experiment &after_run(std::function<void(const plx_outcome &)> called)
    {
        after_run_ = std::move(called);
        return check(plx_experiment_after_run(c(), tell, &after_run_));
    }
    experiment &compare(std::function<bool(const T &, const T &)> equal)
    {
        compare_ = std::move(equal);
        return check(plx_experiment_compare(c(), ask_values, &compare_));
    }
    experiment &compare_errors(std::function<bool(const error &, const error &)> equal)
    {
        compare_errors_ = std::move(equal);
        return check(plx_experiment_compare_errors(
            c(),
            [](void *context, void *, const plx_result *a, const plx_result *b) {
                auto &question = *static_cast<std::function<bool(const error &, const error &)> *>(context);
                return detail::guarded([&] {
                    return question({a->error, a->error_text}, {b->error, b->error_text}) ? 1 : 0;
                });
            },
            &compare_errors_));
    }
    experiment &ignore(std::function<bool(const T &, const T &)> ignored)
    {
        ignores_.push_back(std::make_unique<pair_question>(std::move(ignored)));
        return check(plx_experiment_ignore(c(), ask_values, ignores_.back().get()));
    }
    /* cleaner(const T &) gives a number, a text, or parallax::json. */
    template <class Cleaner> experiment &clean(Cleaner cleaner)
    {
        using cleaned = std::decay_t<decltype(cleaner(std::declval<const T &>()))>;
        static_assert(detail::is_scalar<cleaned> || std::is_same_v<cleaned, std::string> ||
                          std::is_same_v<cleaned, json> || std::is_same_v<cleaned, T>,
                      "a cleaned value is a number, a text, JSON, or of the experiment's type");
        clean_ = [cleaner](const T &value, plx_result *result) { detail::put<cleaned>(result, cleaner(value), false); };
        return check(plx_experiment_clean(
            c(),
            [](void *context, const plx_result *value, plx_result *result) {
                auto &made = *static_cast<std::function<void(const T &, plx_result *)> *>(context);
                return detail::guarded([&] { return made(detail::get<T>(value), result), 0; });
            },
            &clean_));
    }
    experiment &context(const std::string &field, const std::string &text)
    {
        return check(plx_experiment_context(c(), field.c_str(), text.c_str()));
    }
    experiment &describe(std::function<std::map<std::string, std::string>()> described)
    {
        describe_ = std::move(described);
        return check(plx_experiment_describe(
            c(),
            [](void *context, void *, plx_context *fields) {
                auto &asked = *static_cast<std::function<std::map<std::string, std::string>()> *>(context);
                return detail::guarded([&] {
                    for (const auto &[field, text] : asked())
                        plx_context_text(fields, field.c_str(), text.c_str());
                    return 0;
                });
            },
            &describe_));
    }
    experiment &publish(std::function<void(const plx_outcome &)> published)
    {
        publishers_.push_back(std::make_unique<teller>(std::move(published)));
        return check(plx_experiment_publish(c(), tell, publishers_.back().get()));
    }
    /* One of the ready ones; it must outlive the experiment. */
    experiment &publish(plx_publisher *publisher)
    {
        return check(plx_experiment_publish(c(), plx_publish, publisher));
    }
    /* operation ("compare", "publish", ...), and what its exception said. */
    experiment &raised(std::function<void(const std::string &, const std::string &)> told)
    {
        raised_ = std::move(told);
        return check(plx_experiment_raised(
            c(),
            [](void *context, const char *, enum plx_operation operation, int code) {
                auto &listener = *static_cast<std::function<void(const std::string &, const std::string &)> *>(context);
                detail::guarded([&] {
                    const std::string words = code == detail::threw
                                                  ? detail::last_words()
                                                  : plx_status_text(static_cast<enum plx_status>(code));
                    return listener(plx_operation_text(operation), words), 0;
                });
            },
            &raised_));
    }
    /* For tests: run() throws parallax::mismatch, with text of one's own where a format is given. */
    experiment &raise_on_mismatch(std::function<std::string(const plx_outcome &)> format = nullptr)
    {
        format_ = std::move(format);
        return check(plx_experiment_raise(
            c(), [](void *, const char *text) { detail::guarded([&] { return detail::raised_mismatch() = text, 0; }); },
            format_ ? format_text : nullptr, &format_));
    }
    experiment &fabricate(const std::string &behaviour, std::uint64_t wall_ns, std::uint64_t cpu_ns = 0)
    {
        return check(plx_experiment_fabricate(c(), behaviour.c_str(), wall_ns, cpu_ns));
    }
    experiment &seed(std::uint64_t seed)
    {
        return check(plx_experiment_seed(c(), seed));
    }
    experiment &rules(const plx_rules *rules)
    {
        return check(plx_experiment_rules(c(), rules));
    }
    experiment &run_on(enum plx_place place, const plx_place_limits &limits = plx_place_limits())
    {
        check(plx_experiment_run_on(c(), place, &limits));
        if (place != PLX_ON_CALLER)
            check(plx_experiment_input(
                c(), 0,
                [](const void *input) -> void * {
                    return new (std::nothrow) detail::input<T>(*static_cast<const detail::input<T> *>(input));
                },
                [](void *input) { delete static_cast<detail::input<T> *>(input); }));
        place_ = place;
        return *this;
    }

    enum plx_status drain(std::uint32_t timeout_ms)
    {
        return plx_experiment_drain(c(), timeout_ms);
    }
    plx_run_counts counts()
    {
        return plx_experiment_counts(c());
    }
    /* For all the rest of experiment.h. */
    plx_experiment *c() noexcept
    {
        return experiment_.get();
    }

  private:
    using pair_question = std::function<bool(const T &, const T &)>;
    using teller = std::function<void(const plx_outcome &)>;

    static const std::array<plx_behaviour_fn *, PLX_BEHAVIOURS_MAX> &behaviours()
    {
        static const auto all = detail::all_behaviours<T>(std::make_index_sequence<PLX_BEHAVIOURS_MAX>());
        return all;
    }

    experiment &check(enum plx_status status)
    {
        if (status != PLX_OK)
            throw refused(status);
        return *this;
    }

    T run_calls(std::size_t control, detail::input<T> &input)
    {
        detail::calls<T> &calls = *input.own;

        calls.control = control;
        /* What it returns is a view of calls.value, and needs no release. */
        plx_experiment_run_named(c(), names_[control].c_str(), &input);
        if (std::string text = std::exchange(detail::raised_mismatch(), {}); !text.empty())
            throw mismatch(text);
        if (calls.exception)
            std::rethrow_exception(calls.exception);
        return std::move(*calls.value);
    }

    static int ask(void *context, void *)
    {
        return detail::guarded([&] { return (*static_cast<std::function<bool()> *>(context))() ? 1 : 0; });
    }
    static int ask_values(void *context, void *, const plx_result *a, const plx_result *b)
    {
        return detail::guarded(
            [&] { return (*static_cast<pair_question *>(context))(detail::get<T>(a), detail::get<T>(b)) ? 1 : 0; });
    }
    static int tell(void *context, const plx_outcome *outcome)
    {
        return detail::guarded([&] { return (*static_cast<teller *>(context))(*outcome), 0; });
    }
    static std::size_t format_text(void *context, const plx_outcome *outcome, char *into, std::size_t size)
    {
        std::size_t len = 0;
        detail::guarded([&] {
            const std::string text =
                (*static_cast<std::function<std::string(const plx_outcome &)> *>(context))(*outcome);
            len = text.size();
            const std::size_t shown = len < size ? len : size - 1;
            std::memcpy(into, text.data(), shown);
            into[shown] = '\0';
            return 0;
        });
        return len;
    }

    /* Callbacks first, so that they outlive the experiment, which publishes what is under way when it ends. */
    std::function<bool()> enabled_, run_if_;
    std::function<void()> before_run_;
    teller after_run_;
    pair_question compare_;
    std::function<bool(const error &, const error &)> compare_errors_;
    std::function<void(const T &, plx_result *)> clean_;
    std::function<std::map<std::string, std::string>()> describe_;
    std::function<void(const std::string &, const std::string &)> raised_;
    std::function<std::string(const plx_outcome &)> format_;
    std::vector<std::unique_ptr<pair_question>> ignores_;
    std::vector<std::unique_ptr<teller>> publishers_;
    std::unique_ptr<plx_experiment, void (*)(plx_experiment *)> experiment_;
    std::vector<std::string> names_;
    enum plx_place place_ = PLX_ON_CALLER;
};

} // namespace parallax

#endif
