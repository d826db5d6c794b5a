/* Places one value at the end of a gigabyte of zeros that must stand in the file. */
/* expect: compile_error */
struct { int x[1 << 20]; } y[200] = {[199] = {{1}}};
int total(const int *a, int n) { return n ? a[0] : y[0].x[0]; }
