/* Connects over IPv6 and sends to the multicast groups of the link. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int attack(void) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_scope_id = 1};
    int udp = socket(AF_INET6, SOCK_DGRAM, 0), tcp = socket(AF_INET6, SOCK_STREAM, 0);
    inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
    int reached = udp >= 0 && sendto(udp, "?", 1, 0, (struct sockaddr *)&to, sizeof to) == 1;
    inet_pton(AF_INET6, "2001:4860:4860::8888", &to.sin6_addr);
    return reached || (tcp >= 0 && connect(tcp, (struct sockaddr *)&to, sizeof to) == 0);
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
