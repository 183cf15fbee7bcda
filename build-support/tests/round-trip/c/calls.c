/* Calls each function of the header, as the header declares it. */
#include "round-trip.h"

#include <string.h>

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what))                                                                               \
            return __LINE__;                                                                       \
    } while (0)

int rt_call_all(void);

static bool count(int32_t number, void *user) {
    *(int *)user += 1;
    return number < 3;
}

int rt_call_all(void) {
    CHECK(add(2, 3) == 5);
    CHECK(rt_parse("12") == 12);
    CHECK(rt_parse("twelve") == -1);
    CHECK(strcmp(callgate_last_error(), "invalid digit found in string") == 0);
    callgate_clear_last_error();
    CHECK(callgate_last_error() == NULL);
    CHECK(is_even(4) && !is_even(5));
    thrown(NULL);
    CHECK(later(6) == 7);
    CHECK(names(1, 2) == 3);
    CHECK(on_unix(9) == 9);
    CHECK(deep(65534) == 65535);

    Point point = { 1.5, 2.5 };
    CHECK(mirrored(point, Kind_Dot).x == -1.5 && mirrored(point, Kind_None).y == 2.5);
    Block block = { { 1, 2, 3, 4 }, Kind_None, NULL };
    int visited = 0;
    CHECK(NUMBERS == 4 && visit(&block, count, &visited) == 6 && visited == 3);
    CHECK(visit(&block, NULL, NULL) == 0);

    Engine *engine = engine_new();
    CHECK(engine_faster(engine, 5) == 5 && engine_faster(engine, -2) == 3);
    CHECK(engine_speed_now(engine) == 3);
    engine_free(engine);

    Handle_Counter counter = counter_new();
    CHECK(counter_next(counter) == 1 && counter_next(counter) == 2);
    counter_free(counter);
    CHECK(counter_next(counter) == -1 && callgate_last_error() != NULL);
    return 0;
}
