/* Functions of 0 to 32 arguments, integers and floats by turns, and callers of such functions. */
#include "types.h"

/* The arguments of a function of n; tests/shapes/args.rs has the same list. */
#define ARGS_1(ARG) ARG(0, i32)
#define ARGS_2(ARG) ARGS_1(ARG), ARG(1, f64)
#define ARGS_3(ARG) ARGS_2(ARG), ARG(2, i64)
#define ARGS_4(ARG) ARGS_3(ARG), ARG(3, f32)
#define ARGS_5(ARG) ARGS_4(ARG), ARG(4, u8)
#define ARGS_6(ARG) ARGS_5(ARG), ARG(5, f64)
#define ARGS_7(ARG) ARGS_6(ARG), ARG(6, i16)
#define ARGS_8(ARG) ARGS_7(ARG), ARG(7, u64)
#define ARGS_9(ARG) ARGS_8(ARG), ARG(8, f32)
#define ARGS_10(ARG) ARGS_9(ARG), ARG(9, i8)
#define ARGS_11(ARG) ARGS_10(ARG), ARG(10, f64)
#define ARGS_12(ARG) ARGS_11(ARG), ARG(11, u32)
#define ARGS_13(ARG) ARGS_12(ARG), ARG(12, f32)
#define ARGS_14(ARG) ARGS_13(ARG), ARG(13, i128)
#define ARGS_15(ARG) ARGS_14(ARG), ARG(14, f64)
#define ARGS_16(ARG) ARGS_15(ARG), ARG(15, f32)
#define ARGS_17(ARG) ARGS_16(ARG), ARG(16, i32)
#define ARGS_18(ARG) ARGS_17(ARG), ARG(17, f64)
#define ARGS_19(ARG) ARGS_18(ARG), ARG(18, f32)
#define ARGS_20(ARG) ARGS_19(ARG), ARG(19, i64)
#define ARGS_21(ARG) ARGS_20(ARG), ARG(20, u16)
#define ARGS_22(ARG) ARGS_21(ARG), ARG(21, f64)
#define ARGS_23(ARG) ARGS_22(ARG), ARG(22, i8)
#define ARGS_24(ARG) ARGS_23(ARG), ARG(23, u128)
#define ARGS_25(ARG) ARGS_24(ARG), ARG(24, f32)
#define ARGS_26(ARG) ARGS_25(ARG), ARG(25, i16)
#define ARGS_27(ARG) ARGS_26(ARG), ARG(26, f64)
#define ARGS_28(ARG) ARGS_27(ARG), ARG(27, i32)
#define ARGS_29(ARG) ARGS_28(ARG), ARG(28, u8)
#define ARGS_30(ARG) ARGS_29(ARG), ARG(29, f32)
#define ARGS_31(ARG) ARGS_30(ARG), ARG(30, u64)
#define ARGS_32(ARG) ARGS_31(ARG), ARG(31, f64)

#define PARAMETER(i, type) type a##i
#define VALUE(i, type) (type)(3 * i + 1)
#define CHECK(i, type) wrong = wrong == 0 && a##i != VALUE(i, type) ? i + 1 : wrong

/* test_args_n tells which argument is wrong, from 1, or 0; test_call_args_n calls such a function. */
#define FUNCTIONS(n)                                                                               \
    int test_args_##n(ARGS_##n(PARAMETER)) {                                                       \
        int wrong = 0;                                                                             \
        ARGS_##n(CHECK);                                                                           \
        return wrong;                                                                              \
    }                                                                                              \
    int test_call_args_##n(__typeof__(test_args_##n) *f) { return f(ARGS_##n(VALUE)); }

int test_args_0(void) { return 0; }
int test_call_args_0(int (*f)(void)) { return f(); }
FUNCTIONS(1)
FUNCTIONS(2)
FUNCTIONS(3)
FUNCTIONS(4)
FUNCTIONS(5)
FUNCTIONS(6)
FUNCTIONS(7)
FUNCTIONS(8)
FUNCTIONS(9)
FUNCTIONS(10)
FUNCTIONS(11)
FUNCTIONS(12)
FUNCTIONS(13)
FUNCTIONS(14)
FUNCTIONS(15)
FUNCTIONS(16)
FUNCTIONS(17)
FUNCTIONS(18)
FUNCTIONS(19)
FUNCTIONS(20)
FUNCTIONS(21)
FUNCTIONS(22)
FUNCTIONS(23)
FUNCTIONS(24)
FUNCTIONS(25)
FUNCTIONS(26)
FUNCTIONS(27)
FUNCTIONS(28)
FUNCTIONS(29)
FUNCTIONS(30)
FUNCTIONS(31)
FUNCTIONS(32)
