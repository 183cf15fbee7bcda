/* The functions of each shape of the table. Compiled once for each ABI, with ABI, by which a function
 * of it is marked, and PREFIX, with which its name begins. */
#include "types.h"

#define UNPACK(...) __VA_ARGS__
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define FN(name) JOIN(PREFIX, name)

/* The types. */
#define SCALAR(name, type, one, two) typedef type name;
#define STRUCT(name, fields) typedef struct name { fields } name;
#define PACKED(name, fields) typedef struct __attribute__((packed)) name { fields } name;
#define ALIGNED(name, n, fields) typedef struct __attribute__((aligned(n))) name { fields } name;
#define UNION(name, fields) typedef union name { fields } name;
#define F(type, field, one, two) type field;
#define A(type, field, n, one, two) type field[n];
#define AA(type, field, n, m, one, two) type field[n][m];
#define S(type, field) type field;
#include "table.h"
#undef SCALAR
#undef STRUCT
#undef PACKED
#undef ALIGNED
#undef UNION
#undef F
#undef A
#undef AA
#undef S

/* name_value makes the first or the second value of a shape. Of a union, only the first field. */
#define VALUE(name, limit, ...)                                                                    \
    static name name##_value(int which) {                                                          \
        name x;                                                                                    \
        int number = 0;                                                                            \
        const int last = limit;                                                                    \
        memset(&x, 0, sizeof x);                                                                   \
        __VA_ARGS__ return x;                                                                         \
    }
#define SCALAR(name, type, one, two)                                                               \
    static name name##_value(int which) { return which == 1 ? (one) : (two); }
#define STRUCT(name, fields) VALUE(name, 99, fields)
#define PACKED(name, fields) VALUE(name, 99, fields)
#define ALIGNED(name, n, fields) VALUE(name, 99, fields)
#define UNION(name, fields) VALUE(name, 1, fields)
#define F(type, field, one, two)                                                                   \
    if (++number <= last)                                                                          \
        x.field = which == 1 ? (one) : (two);
#define A(type, field, n, one, two)                                                                \
    if (++number <= last) {                                                                        \
        const type values[2][n] = { { UNPACK one }, { UNPACK two } };                              \
        memcpy(&x.field, values[which - 1], sizeof values[0]);                                     \
    }
#define AA(type, field, n, m, one, two) A(type, field, (n) * (m), one, two)
#define S(type, field)                                                                             \
    if (++number <= last)                                                                          \
        x.field = type##_value(which);
#include "table.h"
#undef SCALAR
#undef STRUCT
#undef PACKED
#undef ALIGNED
#undef UNION
#undef F
#undef A
#undef AA
#undef S

/* name_wrong tells which field of x is not as in that value: its number, from 1, or 0 for none. Bits
 * are compared, for the sake of NaNs and of zeros with a sign. */
#define WRONG(name, limit, ...)                                                                    \
    static int name##_wrong(name x, int which) {                                                   \
        name want = name##_value(which);                                                           \
        int number = 0;                                                                            \
        const int last = limit;                                                                    \
        (void)want;                                                                                \
        __VA_ARGS__ return 0;                                                                         \
    }
#define SCALAR(name, type, one, two)                                                               \
    static int name##_wrong(name x, int which) {                                                   \
        name want = name##_value(which);                                                           \
        return memcmp(&x, &want, sizeof x) != 0;                                                   \
    }
#define STRUCT(name, fields) WRONG(name, 99, fields)
#define PACKED(name, fields) WRONG(name, 99, fields)
#define ALIGNED(name, n, fields) WRONG(name, 99, fields)
#define UNION(name, fields) WRONG(name, 1, fields)
#define F(type, field, one, two)                                                                   \
    if (++number <= last && memcmp(&x.field, &want.field, sizeof x.field) != 0)                    \
        return number;
#define A(type, field, n, one, two) F(type, field, one, two)
#define AA(type, field, n, m, one, two) F(type, field, one, two)
#define S(type, field)                                                                             \
    if (++number <= last && type##_wrong(x.field, which) != 0)                                     \
        return number;
#include "table.h"
#undef SCALAR
#undef STRUCT
#undef PACKED
#undef ALIGNED
#undef UNION

/* What each shape's functions have in common: they check their arguments, and where something is wrong
 * they tell by a number: 100 for each argument up to the wrong one, and the field in it. */
#define CHECK(number, condition)                                                                   \
    if (condition)                                                                                 \
        return 100 * number;
#define CHECK_SHAPE(number, name, x, which)                                                        \
    if (name##_wrong(x, which) != 0)                                                               \
        return 100 * number + name##_wrong(x, which);

/* The Rust of tests/shapes/by_value.rs declares the same functions, and defines the same callbacks. */
#define FUNCTIONS(name)                                                                            \
    ABI size_t FN(name##_size)(void) { return sizeof(name) * 1000 + _Alignof(name); }              \
    ABI name FN(name##_trade)(name x, int *wrong) {                                                \
        *wrong = name##_wrong(x, 1);                                                               \
        return name##_value(2);                                                                    \
    }                                                                                              \
    ABI int FN(name##_after5)(i32 a, i64 b, i32 c, i64 d, i32 e, name x, i32 f) {                  \
        CHECK(1, a != 1 || b != 2 || c != 3 || d != 4 || e != 5)                                   \
        CHECK_SHAPE(6, name, x, 1)                                                                 \
        CHECK(7, f != -1)                                                                          \
        return 0;                                                                                  \
    }                                                                                              \
    ABI int FN(name##_after6)(i32 a, i64 b, i32 c, i64 d, i32 e, i64 f, name x, i32 g) {           \
        CHECK(1, a != 1 || b != 2 || c != 3 || d != 4 || e != 5 || f != 6)                         \
        CHECK_SHAPE(7, name, x, 1)                                                                 \
        CHECK(8, g != -1)                                                                          \
        return 0;                                                                                  \
    }                                                                                              \
    ABI int FN(name##_after7)(i32 a, i64 b, i32 c, i64 d, i32 e, i64 f, i8 g, name x, i32 h) {     \
        CHECK(1, a != 1 || b != 2 || c != 3 || d != 4 || e != 5 || f != 6 || g != 7)               \
        CHECK_SHAPE(8, name, x, 1)                                                                 \
        CHECK(9, h != -1)                                                                          \
        return 0;                                                                                  \
    }                                                                                              \
    ABI int FN(name##_after_floats)(f64 a, f64 b, f64 c, f32 d, f64 e, f64 f, f64 g, name x,       \
                                    name y, f32 h) {                                               \
        CHECK(1, a != 1 || b != 2 || c != 3 || d != 4 || e != 5 || f != 6 || g != 7)               \
        CHECK_SHAPE(8, name, x, 1)                                                                 \
        CHECK_SHAPE(9, name, y, 2)                                                                 \
        CHECK(10, h != -0.5f)                                                                      \
        return 0;                                                                                  \
    }                                                                                              \
    static int name##_among_wrong(f32 a, name x, i8 b, name y, f64 c, u64 d, name z) {             \
        CHECK(1, a != 0.5f)                                                                        \
        CHECK_SHAPE(2, name, x, 1)                                                                 \
        CHECK(3, b != -7)                                                                          \
        CHECK_SHAPE(4, name, y, 2)                                                                 \
        CHECK(5, c != -1.5)                                                                        \
        CHECK(6, d != 0xfedcba9876543210)                                                          \
        CHECK_SHAPE(7, name, z, 1)                                                                 \
        return 0;                                                                                  \
    }                                                                                              \
    ABI name FN(name##_among)(f32 a, name x, i8 b, name y, f64 c, u64 d, name z, int *wrong) {     \
        *wrong = name##_among_wrong(a, x, b, y, c, d, z);                                          \
        return name##_value(2);                                                                    \
    }                                                                                              \
    /* Calls back with all of these; thousands tell which of them is wrong. */                     \
    ABI int FN(name##_calls)(                                                                      \
        __typeof__(FN(name##_trade)) *trade, __typeof__(FN(name##_after5)) *after5,                \
        __typeof__(FN(name##_after6)) *after6, __typeof__(FN(name##_after7)) *after7,              \
        __typeof__(FN(name##_after_floats)) *after_floats, __typeof__(FN(name##_among)) *among) {  \
        const name x = name##_value(1), y = name##_value(2);                                       \
        int wrong = -1, result;                                                                    \
        result = name##_wrong(trade(x, &wrong), 2);                                                \
        if (wrong != 0 || result != 0)                                                             \
            return 10000 + 1000 * (result != 0) + (wrong != 0 ? wrong : result);                   \
        if ((wrong = after5(1, 2, 3, 4, 5, x, -1)) != 0)                                           \
            return 20000 + wrong;                                                                  \
        if ((wrong = after6(1, 2, 3, 4, 5, 6, x, -1)) != 0)                                        \
            return 30000 + wrong;                                                                  \
        if ((wrong = after7(1, 2, 3, 4, 5, 6, 7, x, -1)) != 0)                                     \
            return 40000 + wrong;                                                                  \
        if ((wrong = after_floats(1, 2, 3, 4, 5, 6, 7, x, y, -0.5f)) != 0)                         \
            return 50000 + wrong;                                                                  \
        wrong = -1;                                                                                \
        result = name##_wrong(among(0.5f, x, -7, y, -1.5, 0xfedcba9876543210, x, &wrong), 2);      \
        if (wrong != 0 || result != 0)                                                             \
            return 60000 + 1000 * (result != 0) + (wrong != 0 ? wrong : result);                   \
        return 0;                                                                                  \
    }
#define SCALAR(name, type, one, two) FUNCTIONS(name)
#define STRUCT(name, fields) FUNCTIONS(name)
#define PACKED(name, fields) FUNCTIONS(name)
#define ALIGNED(name, n, fields) FUNCTIONS(name)
#define UNION(name, fields) FUNCTIONS(name)
#include "table.h"
