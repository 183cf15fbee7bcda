#ifndef JOBS_H
#define JOBS_H

/* Made of src/lib.rs by callgate: change it there. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif
/** Why the thread's last call that failed did; NULL if none has. Valid until its next error. */
const char *callgate_last_error(void);
/** Forgets it. */
void callgate_clear_last_error(void);
#ifdef __cplusplus
}
#endif

typedef uintptr_t Handle_Jobs;

/**
 * Is called with the number of a job, how many words its text has, and what the thread passed.
 */
typedef void (*Done)(uint64_t job, uint64_t words, void *user);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes a list of jobs. Ended by jobs_free.
 */
Handle_Jobs jobs_new(void);

/**
 * Counts the words of a text, which is copied. Returns the job's number at once.
 *
 * # Safety
 * `text` is a C string.
 *
 * On failure it returns 0; callgate_last_error() says why.
 */
uint64_t jobs_submit(Handle_Jobs this_, const char *text);

/**
 * Gives the calling thread to the jobs: calls `done` there for each that is counted, and returns
 * how many it was when there are no more and jobs_close was called. Any number of threads may.
 *
 * # Safety
 * `done` may be called with `user` on this thread.
 */
uint64_t jobs_run(Handle_Jobs this_, Done done, void *user);

/**
 * Takes no more jobs. Those that there are still come to their end.
 */
void jobs_close(Handle_Jobs this_);

/**
 * Ends the list; false if that has been done. A thread that is in jobs_run comes back first.
 */
bool jobs_free(Handle_Jobs this_);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* JOBS_H */
