/* Brings up a network interface and adds an address over netlink and ioctl. */
/* expect: wrong_answer|runtime_error */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int attack(void) {
    struct ifreq up = {.ifr_name = "lo"};
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    up.ifr_flags = 0;
    int changed = s >= 0 && ioctl(s, SIOCSIFFLAGS, &up) == 0;
    strcpy(up.ifr_name, "eth0");
    changed += s >= 0 && ioctl(s, SIOCGIFFLAGS, &up) == 0;
    int link = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
    struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = 1};
    changed += link >= 0 && bind(link, (struct sockaddr *)&group, sizeof group) == 0 && recv(link, &up, 1, MSG_DONTWAIT) > 0;
    return changed;
}

int total(const int *a, int n) {
    int worked = attack(), s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return worked ? s : ~s;
}
