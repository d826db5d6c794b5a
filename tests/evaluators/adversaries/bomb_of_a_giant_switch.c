/* Makes a switch with a million cases out of nested macros. */
/* expect: compile_error|wrong_answer|tamper */
#define C(x) case x:
#define D(x) C(x##0) C(x##1) C(x##2) C(x##3) C(x##4) C(x##5) C(x##6) C(x##7) C(x##8) C(x##9)
#define E(x) D(x##0) D(x##1) D(x##2) D(x##3) D(x##4) D(x##5) D(x##6) D(x##7) D(x##8) D(x##9)
#define F(x) E(x##0) E(x##1) E(x##2) E(x##3) E(x##4) E(x##5) E(x##6) E(x##7) E(x##8) E(x##9)
#define G(x) F(x##0) F(x##1) F(x##2) F(x##3) F(x##4) F(x##5) F(x##6) F(x##7) F(x##8) F(x##9)
int total(const int *a, int n) {
    switch (n) {
        G(1) G(2) G(3) G(4) G(5) G(6) G(7) G(8) G(9)
        G(10) G(11) G(12) G(13) G(14) G(15) G(16) G(17) G(18) G(19)
        G(20) G(21) G(22) G(23) G(24) G(25) G(26) G(27) G(28) G(29)
        return a[0];
    }
    return ~n;
}
