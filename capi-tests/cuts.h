/* Connections of this program that are cut in the middle of whatever they do: as if a broker had gone, or somebody between. */
#ifndef CAPI_TESTS_CUTS_H
#define CAPI_TESTS_CUTS_H

#include "common.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>

#define CUTS_SOCKETS 256

static int cuts_sockets[CUTS_SOCKETS], cuts_count, cuts_made;
static pthread_mutex_t cuts_lock = PTHREAD_MUTEX_INITIALIZER;

static int cuts_open(int domain, int type, int protocol, void *opaque) {
    (void)opaque;
    int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
    pthread_mutex_lock(&cuts_lock);
    if (fd >= 0 && cuts_count < CUTS_SOCKETS)
        cuts_sockets[cuts_count++] = fd;
    pthread_mutex_unlock(&cuts_lock);
    return fd;
}

static int cuts_close(int fd, void *opaque) {
    (void)opaque;
    pthread_mutex_lock(&cuts_lock);
    for (int i = 0; i < cuts_count; i++)
        if (cuts_sockets[i] == fd)
            cuts_sockets[i--] = cuts_sockets[--cuts_count];
    int result = close(fd);
    pthread_mutex_unlock(&cuts_lock);
    return result;
}

/* The connections of instances with this configuration can be cut. */
__attribute__((unused)) static void allow_cuts(rd_kafka_conf_t *conf) {
    rd_kafka_conf_set_socket_cb(conf, cuts_open);
    rd_kafka_conf_set_closesocket_cb(conf, cuts_close);
}

/* Cuts one of the connections that there are. */
__attribute__((unused)) static void cut_one(unsigned which) {
    pthread_mutex_lock(&cuts_lock);
    if (cuts_count && !shutdown(cuts_sockets[which % (unsigned)cuts_count], SHUT_RDWR))
        cuts_made++;
    pthread_mutex_unlock(&cuts_lock);
}

#endif
