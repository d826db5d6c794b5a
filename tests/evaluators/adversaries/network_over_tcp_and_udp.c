/* Connects to the world and to the host over TCP and UDP. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int attack(void) {
    const char *hosts[] = {"8.8.8.8", "127.0.0.1", "169.254.169.254", "10.0.0.1"};
    int ports[] = {53, 22, 80, 443, 4200}, reached = 0;
    for (int h = 0; h < 4; h++)
        for (int p = 0; p < 5; p++) {
            struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)ports[p])};
            inet_pton(AF_INET, hosts[h], &to.sin_addr);
            int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
            reached += tcp >= 0 && connect(tcp, (struct sockaddr *)&to, sizeof to) == 0;
            reached += udp >= 0 && h != 1 && sendto(udp, "?", 1, 0, (struct sockaddr *)&to, sizeof to) == 1;
            close(tcp);
            close(udp);
        }
    return reached;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
