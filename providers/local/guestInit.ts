/** The label that tells the minimal guest's own boot disk from every other file system. */
export const guestRootLabel = 'chews-root';

/**
 * The program that the kernel starts first, from memory. It finds the boot disk by its serial number, installs
 * the guest on it where that is safe, mounts all disks and hands over to the system on the boot disk.
 *
 * The one rule that matters: a disk is formatted only if the host said that this is the first boot AND the disk
 * holds nothing but zeros wherever a file system or a partition table would leave a trace. Everything else that
 * is not understood is a fatal error, told on the console, and ends the machine.
 */
export const guestInit = `#!/bin/sh
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/console >/dev/console 2>&1

fatal() {
  echo "chews guest: cannot boot: $1"
  sleep 0.3
  poweroff -f
  exit 1
}

hostname=chews boot= first=
for word in $(cat /proc/cmdline); do
  case "$word" in
    chews.boot=*) boot="\${word#*=}" ;;
    chews.firstboot=1) first=1 ;;
    chews.hostname=*) hostname="\${word#*=}" ;;
  esac
done
[ -n "$boot" ] || fatal "the kernel command line has no chews.boot=SERIAL"

for module in $(cat /modules/order); do insmod "/modules/$module" || echo "chews guest: cannot load $module"; done

mkdir -p /dev/pts /dev/shm /dev/disk/by-id /run
mount -t devpts devpts /dev/pts
echo "$hostname" >/proc/sys/kernel/hostname
ip link set lo up
ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2

root= tries=0
while [ -z "$root" ]; do
  for entry in /sys/block/vd*; do
    [ -e "$entry/serial" ] || continue
    serial=
    read -r serial <"$entry/serial" || [ -n "$serial" ] || continue
    ln -sf "../../\${entry##*/}" "/dev/disk/by-id/virtio-$serial"
    [ "$serial" = "$boot" ] && root="/dev/\${entry##*/}"
  done
  [ -n "$root" ] && break
  tries=$((tries + 1))
  [ $tries -lt 100 ] || fatal "there is no disk with serial $boot"
  sleep 0.1
done

# True if the given stretch (in units of 4 KiB: where, how much) was read and is all zeros, or lies past the end.
zeros() {
  [ "$1" -lt "$pages" ] || return 0
  dd if="$root" of=/run/probe bs=4096 skip="$1" count="$2" 2>/dev/null && [ -s /run/probe ] || return 1
  [ "$(tr -d '\\0' </run/probe | wc -c)" = 0 ]
}

# The beginning (all tables and first superblocks), where ext2/3/4 keep their first backup superblock for blocks
# of 1, 2 and 4 KiB, where btrfs keeps its copy, and the end (backup of GPT, RAID, ZFS).
blank() {
  pages=$(($(cat "/sys/class/block/\${root##*/}/size") / 8))
  [ "$pages" -gt 512 ] || return 1
  zeros 0 256 && zeros 2048 2 && zeros 8192 2 && zeros 16384 2 && zeros 32768 2 && zeros $((pages - 256)) 256
}

# busybox has no blkid here, so the superblock is read directly: its magic number, and the label.
is_ext() { [ "$(od -An -tx2 -j 1080 -N 2 "$1" | tr -d ' ')" = ef53 ]; }
label_of() { is_ext "$1" && dd if="$1" bs=1 skip=1144 count=16 2>/dev/null | tr -d '\\0'; }

# Grows the mounted file system of disk $1 if the disk is larger than it (superblock: blocks, log of block size).
grow() {
  set -- "$1" $(od -An -tu4 -j 1028 -N 4 "$1") $(od -An -tu4 -j 1048 -N 4 "$1") $(cat "/sys/class/block/\${1##*/}/size")
  [ $(($4 / 2 - ($2 << $3))) -lt 1024 ] || resize2fs "$1" >/run/resize.log 2>&1 || cat /run/resize.log
}

check() {
  e2fsck -p "$1" >/run/fsck.log 2>&1
  [ $? -lt 4 ] || { cat /run/fsck.log; return 1; }
}

label=$(label_of "$root")
if [ "$label" != ${guestRootLabel} ]; then
  [ -n "$first" ] || fatal "disk $boot does not hold a chews guest, and this is not its first boot; nothing was written to it"
  blank || fatal "disk $boot is not blank although this is its first boot; nothing was written to it"
  # The full path, since the shell takes busybox's own program of that name otherwise.
  /sbin/mke2fs -q -t ext4 -L ${guestRootLabel} -E lazy_itable_init=1,lazy_journal_init=1 "$root" || fatal "disk $boot cannot be formatted"
fi
check "$root" || fatal "the file system of disk $boot is damaged beyond what can be mended unasked"
mkdir -p /newroot
mount -t ext4 -o noatime,discard "$root" /newroot || fatal "disk $boot cannot be mounted"
if [ ! -e /newroot/etc/chews/installed ]; then
  [ -n "$first" ] || fatal "disk $boot holds an unfinished chews guest, and this is not its first boot"
  cd /newroot && mkdir -p proc sys dev run tmp mnt home root/.ssh var/log usr/bin usr/sbin
  chmod 1777 tmp && chmod 700 root root/.ssh
  # Not cp, which stops at links that are there already after an install that was cut off.
  tar -c -C / bin sbin lib lib64 etc | tar -x || fatal "disk $boot is too small, or cannot be written"
  ln -sf /run/resolv.conf etc/resolv.conf
  sync && : >etc/chews/installed && sync || fatal "disk $boot cannot be written"
  cd /
fi
grow "$root"

echo "nameserver 10.0.2.3" >/run/resolv.conf
for entry in /sys/block/vd*; do
  disk="/dev/\${entry##*/}"
  [ "$disk" != "$root" ] && label=$(label_of "$disk") || continue
  case "$label" in '' | .* | *[!A-Za-z0-9._-]* | ${guestRootLabel}) continue ;; esac
  if grep -q " /newroot/mnt/$label " /proc/mounts; then
    echo "chews guest: a second disk is labelled $label; it is not mounted"
  elif check "$disk"; then
    mkdir -p "/newroot/mnt/$label"
    mount -t ext4 -o noatime,discard "$disk" "/newroot/mnt/$label" && grow "$disk"
  else
    echo "chews guest: disk $label is damaged; it is not mounted"
  fi
done

# Keys that the host named before and no longer names are withdrawn; keys that the user added himself stay.
named=/sys/firmware/qemu_fw_cfg/by_name/opt/chews/authorized_keys/raw
if [ -e $named ]; then
  home=/newroot/root
  ssh=$home/.ssh former=/newroot/etc/chews/named_keys
  grep -v '^$' $named >/run/named
  touch $ssh/authorized_keys $former
  if ! cmp -s /run/named $former || ! grep -qxFf /run/named $ssh/authorized_keys; then
    { grep -vxFf $former $ssh/authorized_keys | grep -vxFf /run/named; cat /run/named; } >$ssh/new
    chmod 600 $ssh/new
    sync && mv $ssh/new $ssh/authorized_keys && cp /run/named $former && sync
  fi
fi

key=/newroot/etc/dropbear/ed25519
if [ ! -s $key ] || [ ! -s $key.pub ]; then
  mkdir -p /newroot/etc/dropbear
  rm -f $key.new
  dropbearkey -t ed25519 -f $key.new >/run/key || fatal "the ssh host key cannot be made"
  sync && mv $key.new $key
  grep '^ssh-' /run/key >$key.pub && sync
fi
echo
echo "-----BEGIN SSH HOST KEY KEYS-----"
cat $key.pub
echo "-----END SSH HOST KEY KEYS-----"

mount --move /proc /newroot/proc
mount --move /sys /newroot/sys
mount --move /dev /newroot/dev
mount -t tmpfs -o mode=755 tmpfs /newroot/run
cp /run/resolv.conf /newroot/run/
exec switch_root /newroot /sbin/init
`;

/**
 * The files that the guest has besides its programs, by path. They are installed on the boot disk with it.
 * Power-down is our own script since busybox's init alone takes two seconds over it.
 */
export const guestFiles: Readonly<Record<string, { mode: number; text: string }>> = {
  'etc/passwd': { mode: 0o644, text: 'root:*:0:0:root:/root:/bin/sh\n' },
  'etc/group': { mode: 0o644, text: 'root:x:0:\n' },
  'etc/shells': { mode: 0o644, text: '/bin/sh\n' },
  'etc/hosts': { mode: 0o644, text: '127.0.0.1 localhost\n' },
  'etc/profile': { mode: 0o644, text: "export PATH=/usr/sbin:/usr/bin:/sbin:/bin\nPS1='\\u@\\h:\\w# '\n" },
  'etc/inittab': {
    mode: 0o644,
    text: '::sysinit:/etc/chews/start\n::ctrlaltdel:/bin/reboot\n::shutdown:/etc/chews/stop\n',
  },
  'etc/chews/start': {
    mode: 0o755,
    text: `#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
dropbear -s -r /etc/dropbear/ed25519 -P /run/dropbear.pid
setsid /etc/chews/button </dev/null >/dev/console 2>&1 &
`,
  },
  'etc/chews/button': {
    mode: 0o755,
    text: `#!/bin/sh
# Waits for the first event of the power button; what reads less than a whole event gets an error.
for entry in /sys/class/input/event*; do
  [ "$(cat "$entry/device/name")" = "Power Button" ] || continue
  dd if="/dev/input/\${entry##*/}" of=/dev/null bs=24 count=1 2>/dev/null && exec /etc/chews/stop poweroff
done
`,
  },
  'etc/chews/stop': {
    mode: 0o755,
    text: `#!/bin/sh
# Ends every program (three seconds to do so in order), writes all out, and with "poweroff" ends the machine.
trap '' TERM HUP
kill -TERM -1
others() {
  for process in /proc/[0-9]*; do
    case "$process" in /proc/1 | /proc/$$) continue ;; esac
    [ -e "$process/exe" ] && return 0
  done
  return 1
}
tries=0
while others && [ $tries -lt 30 ]; do tries=$((tries + 1)); sleep 0.1; done
kill -KILL -1
sync
umount /mnt/* 2>/dev/null
mount -o remount,ro /
sync
[ "$1" != poweroff ] || poweroff -f
`,
  },
};

/**
 * The kernel command line of the minimal guest. `hostname` must be a plain host name and `bootSerial` the serial
 * of the boot disk; `firstBoot` permits to format it where it is blank. A kernel that panics ends or restarts the
 * machine at once on the first boot, after ten seconds later on.
 *
 * @throws RangeError when a value would read as something else on the command line.
 */
export function guestCommandLine(options: {
  bootSerial: string;
  hostname: string;
  firstBoot: boolean;
}): string {
  const { bootSerial, hostname, firstBoot } = options;
  if (!/^[A-Za-z0-9._-]{1,20}$/.test(bootSerial) || !/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(hostname)) {
    throw new RangeError(
      `cannot pass serial ${JSON.stringify(bootSerial)} and host name ${JSON.stringify(hostname)}`,
    );
  }
  // What the kernel tries its ciphers on is not what this guest is for, and in software emulation it takes half a second.
  const words = ['console=ttyS0', 'quiet', 'cryptomgr.notests', firstBoot ? 'panic=-1' : 'panic=10'];
  words.push(`chews.boot=${bootSerial}`, `chews.hostname=${hostname}`);
  return [...words, ...(firstBoot ? ['chews.firstboot=1'] : [])].join(' ');
}
