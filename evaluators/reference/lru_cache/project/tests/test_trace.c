#include <string.h>

#include "check.h"
#include "trace.h"

int main(void)
{
    struct trace_step step;

    CHECK(trace_parse("put apple -12\n", &step));
    CHECK(step.verb == TRACE_PUT && strcmp(step.key, "apple") == 0 && step.value == -12);
    CHECK(trace_parse("  get  x ", &step) && step.verb == TRACE_GET && strcmp(step.key, "x") == 0);
    CHECK(trace_parse("remove x", &step) && step.verb == TRACE_REMOVE);
    CHECK(trace_parse("# a comment", &step) && step.verb == TRACE_NOTHING);
    CHECK(trace_parse("", &step) && step.verb == TRACE_NOTHING);
    CHECK(!trace_parse("put apple", &step));
    CHECK(!trace_parse("put apple 1x", &step));
    CHECK(!trace_parse("get x y", &step));
    CHECK(!trace_parse("take x", &step));
    puts("test_trace: passed");
    return 0;
}
